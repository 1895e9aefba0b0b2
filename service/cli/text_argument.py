"""A text that an option takes: itself, from a file (@file), or from standard input (-)."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from service.kit.errors import Invalid

MOST_BYTES = 64 * 1024
"""More than any text of an edition may have; its own limit says so in characters."""


def read_texts(options: Mapping[str, str | None]) -> dict[str, str]:
    """Return the texts of the options that were named, by their names.

    A text that begins with an at sign is written with two of them.

    Raises:
        Invalid: a file cannot be read, is no UTF-8 or too long, or two texts want standard input.
    """
    named = {name: text for name, text in options.items() if text is not None}
    if list(named.values()).count("-") > 1:
        raise Invalid("Only one text can come from standard input (-).")
    return {name: _text_of(text) for name, text in named.items()}


def _text_of(text: str) -> str:
    if text == "-":
        return _decoded(sys.stdin.buffer, "Standard input")
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    try:
        with Path(text[1:]).open("rb") as file:
            return _decoded(file, text[1:])
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no possible name"
        raise Invalid(
            f"The file {text[1:]} cannot be read: {reason}. A text that begins with @ is written "
            "with @@."
        ) from None


def _decoded(file: BinaryIO, name: str) -> str:
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Invalid(f"{name} has more than {MOST_BYTES // 1024} KiB: that is no text for this.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{name} is not written in UTF-8.") from None
