"""Sentences that other rooms have stored are told in the operator's language."""

import re
from pathlib import Path

import pytest

from service.web.console import translate

ROOMS = ("outcomes", "articles", "delivery", "editions", "kit", "newsletters", "rendering")
_STRING_SEAM = re.compile(r'"\s*\n\s*(?:sentence=)?f?"')


@pytest.mark.parametrize(
    ("stored", "french"),
    [
        (
            "refused at edition 14: an operator says that they are gone.",
            "Refusé à l’édition 14\u00a0: un opérateur confirme",
        ),
    ],
)
def test_a_stored_sentence_is_told_in_french(stored: str, french: str) -> None:
    told = translate.translate_sentence(stored, "fr")

    assert told.text.startswith(french)
    assert told.language == "fr"


def test_a_sentence_that_nobody_has_translated_keeps_its_own_language() -> None:
    assert translate.translate_sentence("Too hot today.", "fr") == translate.TranslatedSentence(
        "Too hot today.", "en"
    )


def test_every_translated_sentence_is_still_one_that_a_room_says() -> None:
    source = "\n".join(
        _STRING_SEAM.sub("", path.read_text("utf-8"))
        for room in ROOMS
        for path in Path("service", room).rglob("*.py")
    )

    for entry in translate.load_sentences():
        longest = max(re.split(r"\{\w+\}", entry["en"]), key=len)
        assert longest in source, entry["en"]


def test_every_translation_keeps_the_blanks_and_the_french_spaces() -> None:
    for entry in translate.load_sentences():
        assert re.findall(r"\{\w+\}", entry["en"]) == re.findall(r"\{\w+\}", entry["fr"])
        assert not re.search(r"'|(?<!\u00a0)[;?!:»](?!//)", entry["fr"]), entry["fr"]
