"""Sentences that rooms have stored in English are told in an operator's language.

Notes of editions, warnings of renditions and errors of feeds are facts of the database, written
by daemons that know no reader's language. Their French is data, in `sentences.toml`.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SENTENCES = Path(__file__).parent / "sentences.toml"
STORED_IN = "en"
_BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TranslatedSentence:
    """A sentence and the language it is in, for the page's `lang`."""

    text: str
    language: str


def translate_sentence(sentence: str, language: str) -> TranslatedSentence:
    """Return the sentence in `language`, or as it was stored when nobody has translated it."""
    if language == STORED_IN:
        return TranslatedSentence(sentence, STORED_IN)
    for pattern, french in _patterns():
        if found := pattern.fullmatch(sentence):
            return TranslatedSentence(french.format(**_in_french(found.groupdict())), language)
    return TranslatedSentence(sentence, STORED_IN)


def load_sentences() -> list[dict[str, str]]:
    """Return the sentences as the file has them, each in both languages."""
    return list(tomllib.loads(SENTENCES.read_text("utf-8"))["sentence"])


def _in_french(values: dict[str, str]) -> dict[str, str]:
    """Write a share of something as French does: 10,0 %."""
    share = values.get("share")
    return (
        values
        if share is None
        else {**values, "share": share.replace(".", ",").replace(" ", "\u00a0")}
    )


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(entry["en"]), entry["fr"]) for entry in load_sentences()]


def _pattern(english: str) -> re.Pattern[str]:
    # Every other part is the name of a blank.
    parts = _BLANK.split(english)
    return re.compile(
        "".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    )
