"""Confirmation tokens: which sign-up, until when, and never a personal link."""

from datetime import UTC, datetime, timedelta

from service.audience import confirm_token, reader_token
from service.audience.confirm_token import ConfirmToken
from service.audience.reader_token import ReaderToken
from service.kit.tokens import Keyring

KEYRING = Keyring(["a secret of thirty-two characters"])

READER = ReaderToken(newsletter_id=3, edition_id=0, subscriber_id=41)

CONFIRM = ConfirmToken(
    newsletter_id=3,
    subscriber_id=41,
    generation=2,
    expires_at=datetime(2023, 2, 11, 6, 0, tzinfo=UTC),
)


def test_a_confirmation_token_is_no_personal_one_and_the_other_way_round() -> None:
    assert (
        confirm_token.verify_confirm_token(KEYRING, reader_token.sign_reader_token(KEYRING, READER))
        is None
    )
    assert (
        reader_token.verify_reader_token(
            KEYRING, confirm_token.sign_confirm_token(KEYRING, CONFIRM)
        )
        is None
    )


def test_a_confirmation_token_expires_at_its_second() -> None:
    found = confirm_token.verify_confirm_token(
        KEYRING, confirm_token.sign_confirm_token(KEYRING, CONFIRM)
    )

    assert found == CONFIRM
    assert not found.is_expired(CONFIRM.expires_at - timedelta(seconds=1))
    assert found.is_expired(CONFIRM.expires_at)


def test_a_notice_remembers_all_that_its_link_must_prove() -> None:
    assert confirm_token.token_from_notice(3, 41, CONFIRM.facts) == CONFIRM


def test_a_damaged_token_and_one_of_another_kind_are_none() -> None:
    good = confirm_token.sign_confirm_token(KEYRING, CONFIRM)
    damaged = [good[:-1], f"{good}a", f"é{good[1:]}", f"{'b' if good[0] == 'a' else 'a'}{good[1:]}"]

    assert [confirm_token.verify_confirm_token(KEYRING, each) for each in damaged] == [None] * 4
    other = Keyring(["another secret of thirty-two characters"])
    assert confirm_token.verify_confirm_token(other, good) is None


def test_the_proof_of_a_consent_names_the_request_and_its_end() -> None:
    assert CONFIRM.proof == {"request": 2, "valid_until": "2023-02-11T06:00:00+00:00"}
