"""Texts of options: typed, from a file, from standard input."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.text_argument import MOST_BYTES, read_texts
from service.kit.errors import Invalid


@given(st.text().filter(lambda text: text != "-" and not text.startswith("@")))
def test_what_is_typed_is_the_text(text: str) -> None:
    """Whatever it is, but for a dash and an at sign."""
    assert read_texts({"subject": text, "preheader": None}) == {"subject": text}


def test_an_at_sign_can_be_written() -> None:
    """A subject may begin with somebody's handle."""
    assert read_texts({"subject": "@@crieur"}) == {"subject": "@crieur"}


def test_a_file_is_read_as_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "a").write_bytes("\ufeffÀ demain".encode())

    assert read_texts({"sign_off": f"@{tmp_path / 'a'}"}) == {"sign_off": "À demain"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: "), (b"\xe9", "UTF-8"), (b"x" * (MOST_BYTES + 1), "64 KiB")],
    ids=["none", "latin", "large"],
)
def test_a_file_that_is_no_text_is_refused(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    """The sentence names the file: an option's mistake is found there."""
    path = tmp_path / "intro.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Invalid, match=sentence):
        read_texts({"introduction": f"@{path}"})


def test_a_name_that_no_file_can_have_is_refused() -> None:
    """A null byte is no OSError."""
    with pytest.raises(Invalid, match="cannot be read"):
        read_texts({"introduction": "@a\0b"})


def test_standard_input_is_read_once() -> None:
    """The second one would be empty, and clear its text."""
    with pytest.raises(Invalid, match="Only one"):
        read_texts({"introduction": "-", "sign_off": "-"})
