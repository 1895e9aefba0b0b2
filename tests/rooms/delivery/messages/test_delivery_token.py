"""The delivery token leads back to its delivery, and to no other, whatever is done to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.reader_token import ReaderToken, sign_reader_token, verify_reader_token
from service.delivery.messages.delivery_token import (
    LENGTH,
    EditionDeliveryId,
    NoticeDeliveryId,
    edition_delivery_signer,
    parse_delivery,
    sign_notice_delivery,
)
from service.delivery.messages.headers import make_message_id
from service.kit.tokens import Keyring

KEYRING = Keyring(["a new secret of forty characters or more!", "the secret from before it ....."])
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

editions = st.integers(1, 2**32 - 1)
subscribers = st.integers(0, 2**48 - 1)


@given(editions, subscribers)
def test_a_token_leads_back_to_its_delivery(edition: int, subscriber: int) -> None:
    token = edition_delivery_signer(KEYRING, edition)(subscriber)

    assert len(token) == LENGTH
    assert parse_delivery(KEYRING, token) == EditionDeliveryId(
        edition_id=edition, subscriber_id=subscriber
    )


@given(subscribers)
def test_a_notice_has_a_token_of_its_own(notice: int) -> None:
    token = sign_notice_delivery(KEYRING, notice)

    assert parse_delivery(KEYRING, token) == NoticeDeliveryId(notice_id=notice)


@given(editions, subscribers, st.integers(0, LENGTH - 1), st.sampled_from(LETTERS))
def test_a_token_with_another_character_names_nothing(
    edition: int, subscriber: int, place: int, letter: str
) -> None:
    token = edition_delivery_signer(KEYRING, edition)(subscriber)
    tampered = token[:place] + letter + token[place + 1 :]

    assert tampered == token or parse_delivery(KEYRING, tampered) is None


@given(st.text(max_size=200) | st.text(LETTERS, min_size=LENGTH, max_size=LENGTH))
def test_text_that_is_not_ours_names_nothing(text: str) -> None:
    assert parse_delivery(KEYRING, text) is None


@given(editions, subscribers)
def test_a_message_id_leads_back_to_its_delivery_in_any_case(edition: int, reader: int) -> None:
    token = edition_delivery_signer(KEYRING, edition)(reader)
    message_id = make_message_id("matin-2026-11-29", token, domain="news.example")

    found = {parse_delivery(KEYRING, each) for each in (message_id, message_id.upper()[1:-1])}

    assert found == {EditionDeliveryId(edition_id=edition, subscriber_id=reader)}


def test_an_old_secret_verifies_until_it_is_taken_away() -> None:
    token = edition_delivery_signer(Keyring(["the secret from before it ....."]), 17)(4)

    assert parse_delivery(KEYRING, token) == EditionDeliveryId(edition_id=17, subscriber_id=4)
    assert parse_delivery(Keyring(["a new secret of forty characters or more!"]), token) is None


def test_a_token_opens_no_personal_link_and_a_link_names_no_delivery() -> None:
    delivery = edition_delivery_signer(KEYRING, 17)(4)
    link = sign_reader_token(KEYRING, ReaderToken(newsletter_id=1, edition_id=17, subscriber_id=4))

    assert verify_reader_token(KEYRING, delivery) is None
    assert parse_delivery(KEYRING, link) is None


def test_an_edition_has_a_positive_id() -> None:
    with pytest.raises(ValueError, match="positive"):
        edition_delivery_signer(KEYRING, 0)
