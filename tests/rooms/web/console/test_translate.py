"""Sentences that other rooms have stored are told in the operator's language."""

import re
from pathlib import Path

import pytest

from service.delivery.progress.thresholds import FailureRates, Thresholds, reason_to_pause
from service.editions.build import NOTHING_NEW
from service.web.console import translate

ROOMS = ("outcomes", "articles", "delivery", "editions", "kit", "newsletters", "rendering")
_STRING_SEAM = re.compile(r'"\s*\n\s*(?:sentence=)?f?"')


@pytest.mark.parametrize(
    ("stored", "french"),
    [
        (NOTHING_NEW, "Rien de neuf dans aucune rubrique"),
        ("nulle-part.invalid could not be reached.", "nulle-part.invalid est injoignable."),
        ("There is no server named {host}.", "Il n’y a pas de serveur nommé {host}."),
        (
            reason_to_pause(FailureRates(accepted=900, refused=100, hard_bounces=95), Thresholds())
            or "",
            "En pause d’elle-même\u00a0: 9,5\u00a0% des e-mails reviennent",
        ),
        (
            reason_to_pause(FailureRates(accepted=900, refused=100, faults=100), Thresholds())
            or "",
            "En pause d’elle-même\u00a0: 10,0\u00a0% des e-mails sont refusés",
        ),
        (
            reason_to_pause(FailureRates(accepted=1000, complaints=3), Thresholds()) or "",
            "En pause d’elle-même\u00a0: 0,3\u00a0% des lecteurs se sont plaints",
        ),
        ("The site answered 503 instead of a feed.", "Le site a répondu 503 au lieu d’un flux."),
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


def test_an_english_operator_reads_the_sentence_as_it_is() -> None:
    assert translate.translate_sentence(NOTHING_NEW, "en") == translate.TranslatedSentence(
        NOTHING_NEW, "en"
    )


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
