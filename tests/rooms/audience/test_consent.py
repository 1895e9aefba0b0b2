"""Proofs of before the words had a table of their own are told as far as they go."""

from datetime import timedelta

from service.audience import profile
from service.audience.address import parse_address
from service.audience.consent import ConsentProof
from service.audience.tables import Consent
from tests.rooms.audience.conftest import AGREED, Desk


def _proofs(desk: Desk) -> tuple[ConsentProof, ...]:
    with desk.begin() as session:
        found = profile.profile_of_address(
            session, parse_address("awa@example.org"), keyring=desk.keyring
        )
        return found.subscriptions[0].proofs


def _as_before(desk: Desk, act: str, **values: object) -> None:
    with desk.begin() as session:
        session.add(
            Consent(subscription_id=1, at=desk.clock() - timedelta(days=400), act=act, **values)
        )


def test_words_that_stand_with_the_act_itself_are_shown(desk: Desk) -> None:
    desk.sign_up()
    _as_before(desk, "requested", text_version="fr-9f86d081", facts={"text": "Je veux."})

    first, last = _proofs(desk)

    assert (first.words, first.language, first.text_version) == ("Je veux.", "fr", "fr-9f86d081")
    assert (first.request, first.has_choice) == (None, False)
    assert (last.words, last.text_version) == (AGREED.text, AGREED.key)


def test_words_that_were_not_kept_are_not_made_up(desk: Desk) -> None:
    desk.sign_up()
    _as_before(desk, "confirmed", text_version="en-9f86d081")

    lost = _proofs(desk)[0]

    assert (lost.words, lost.text_version, lost.source) == (None, "en-9f86d081", "confirmation")


def test_who_left_by_a_button_saw_no_words_and_it_says_which_button(desk: Desk) -> None:
    desk.sign_up()
    _as_before(desk, "ended", facts={"by": "one-click", "edition": 7})

    assert (_proofs(desk)[0].source, _proofs(desk)[0].words) == ("one-click", None)
