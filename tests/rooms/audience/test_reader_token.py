"""Personal tokens: only ours, whole or not at all."""

import re

from hypothesis import given
from hypothesis import strategies as st

from service.audience import confirm_token, reader_token
from service.audience.reader_token import ReaderToken
from service.kit.tokens import Keyring

KEYRING = Keyring(["a secret of thirty-two characters"])

READER = ReaderToken(newsletter_id=3, edition_id=0, subscriber_id=41)

SMALL = st.integers(0, 2**32 - 1)


@given(SMALL, SMALL, st.integers(0, 2**63 - 1))
def test_a_personal_token_is_42_characters_and_says_who(
    newsletter: int, edition: int, subscriber: int
) -> None:
    reader = ReaderToken(newsletter_id=newsletter, edition_id=edition, subscriber_id=subscriber)

    token = reader_token.sign_reader_token(KEYRING, reader)

    assert re.fullmatch("[a-z2-7]{42}", token)
    assert reader_token.verify_reader_token(KEYRING, token) == reader
    assert reader_token.verify_reader_token(KEYRING, token.upper()) == reader


@given(st.integers(0, 41), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_any_other_character_opens_nothing(position: int, character: str) -> None:
    token = reader_token.sign_reader_token(KEYRING, READER)
    changed = token[:position] + character + token[position + 1 :]

    found = reader_token.verify_reader_token(KEYRING, changed)

    assert found == (READER if changed == token else None)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert reader_token.verify_reader_token(KEYRING, text) is None
    assert confirm_token.verify_confirm_token(KEYRING, text) is None


def test_links_in_old_mails_survive_a_new_secret_and_die_with_the_old_one() -> None:
    token = reader_token.sign_reader_token(KEYRING, READER)
    rotated = Keyring(["a newer secret of thirty-two chars", "a secret of thirty-two characters"])
    without = Keyring(["a newer secret of thirty-two chars"])

    assert reader_token.verify_reader_token(rotated, token) == READER
    assert reader_token.verify_reader_token(without, token) is None


@given(SMALL, SMALL, st.integers(0, 2**63 - 1))
def test_the_quick_maker_makes_the_same_token(
    newsletter: int, edition: int, subscriber: int
) -> None:
    reader = ReaderToken(newsletter_id=newsletter, edition_id=edition, subscriber_id=subscriber)
    make = reader_token.reader_token_signer(KEYRING, newsletter_id=newsletter, edition_id=edition)

    assert make(subscriber) == reader_token.sign_reader_token(KEYRING, reader)
