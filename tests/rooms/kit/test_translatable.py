"""A sentence for a person as data."""

import json
import pickle

import pytest

from service.kit.errors import CrieurError, Invalid
from service.kit.translatable import (
    TranslatableMessage,
    json_fields,
    message_or_none,
    translatable,
    translate,
    untranslated,
    verbatim,
)

BOUNCED = translatable("edition.refused.bounced", share=9.46)
TOO_LARGE = translatable("edition.too_large_for_relay", relay="mx:25", most=9000, size=12500)


@pytest.mark.parametrize(
    ("message", "language", "text"),
    [
        (BOUNCED, "fr", "Mise en pause automatiquement\u00a0: 9,5\u00a0% des e-mails reviennent"),
        (BOUNCED, "fr_CI", "Mise en pause automatiquement\u00a0: 9,5\u00a0%"),
        (BOUNCED, "en", "Paused automatically: 9.5 % of the messages come back"),
        (BOUNCED, "xx", "Paused automatically: 9.5 % of the messages come back"),
        (TOO_LARGE, "en", "The relay mx:25 takes messages of at most 9,000 bytes and this one"),
        (TOO_LARGE, "fr", "Le relais mx:25 accepte des messages de 9\u202f000 octets au plus"),
    ],
)
def test_it_is_written_in_the_language_of_who_reads_it(
    message: TranslatableMessage, language: str, text: str
) -> None:
    assert translate(message, language).startswith(text)


def test_its_english_is_what_logs_and_commands_show() -> None:
    assert f"{BOUNCED}".startswith("Paused automatically: 9.5 % of the messages")


def test_a_message_within_another_one_is_in_the_same_language() -> None:
    both = translatable(
        "edition.and_also", first=translatable("edition.cancelled"), second=verbatim("Ouf {0}!")
    )

    assert translate(both, "fr") == "Annulée par un opérateur. Ouf {0}!"
    assert TranslatableMessage.from_json(json.loads(json.dumps(both.to_json()))) == both


def test_other_peoples_words_stay_as_they_are_and_only_old_sentences_are_english() -> None:
    old, own = untranslated("Too hot."), verbatim("Trop chaud.")

    assert (translate(old, "fr"), old.language) == ("Too hot.", "en")
    assert (translate(own, "en"), own.language) == ("Trop chaud.", None)
    assert BOUNCED.language is None


def test_a_message_that_a_later_version_stored_is_shown_and_breaks_no_page() -> None:
    later = TranslatableMessage("edition.of_tomorrow", {"count": 3})
    changed = TranslatableMessage("edition.refused.bounced", {"part": 3})

    assert translate(later, "fr") == "edition.of_tomorrow count=3"
    assert translate(changed, "fr") == "edition.refused.bounced part=3"


def test_programs_get_the_text_and_what_it_was_made_of() -> None:
    assert json_fields("note", TOO_LARGE) == {
        "note": str(TOO_LARGE),
        "note_key": "edition.too_large_for_relay",
        "note_params": {"relay": "mx:25", "most": 9000, "size": 12500},
    }
    assert json_fields("note", None) == {"note": None, "note_key": None, "note_params": None}
    assert message_or_none(None) is None


def test_equal_messages_are_one_in_a_set() -> None:
    assert len({verbatim("a"), verbatim("a"), verbatim("b")}) == 2


def test_an_error_has_its_message_and_survives_a_pipe_to_another_process() -> None:
    error: CrieurError = pickle.loads(pickle.dumps(Invalid(BOUNCED)))

    assert error.message == BOUNCED
    assert str(error) == str(BOUNCED)
    assert Invalid("Too hot.").message == untranslated("Too hot.")
