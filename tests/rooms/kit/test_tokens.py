"""Signed tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kit.tokens import MAC_BYTES, Keyring

OLD, NEW = "o" * 32, "n" * 32


@given(payload=st.binary(min_size=1, max_size=40))
def test_a_token_gives_back_what_was_signed(payload: bytes) -> None:
    ring = Keyring([NEW])

    assert ring.verify("reader", ring.sign("reader", payload).upper()) == payload


@given(payload=st.binary(min_size=1, max_size=40), data=st.data())
def test_a_token_changed_in_any_character_is_refused(payload: bytes, data: st.DataObject) -> None:
    ring = Keyring([NEW])
    token = ring.sign("reader", payload)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(
        st.sampled_from("abcdefghijklmnopqrstuvwxyz234567").filter(
            lambda char: char != token[place]
        )
    )

    assert ring.verify("reader", token[:place] + other + token[place + 1 :]) is None


@given(text=st.text(max_size=80))
def test_any_other_text_is_refused_without_an_error(text: str) -> None:
    assert Keyring([NEW]).verify("reader", text) is None


def test_a_token_of_another_purpose_is_refused() -> None:
    ring = Keyring([NEW])

    assert ring.verify("confirm", ring.sign("reader", b"1")) is None


def test_an_older_secret_still_opens_what_it_signed() -> None:
    token = Keyring([OLD]).sign("reader", b"1")

    assert Keyring([NEW, OLD]).verify("reader", token) == b"1"
    assert Keyring([NEW]).verify("reader", token) is None


def test_a_keyring_without_secrets_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Keyring([])


@given(st.binary(max_size=20), st.binary(max_size=40))
def test_a_signer_makes_the_tokens_of_its_keyring(prefix: bytes, rest: bytes) -> None:
    """It is the quick way for a token per reader, and old links must stay what they are."""
    keyring = Keyring(["first" * 8, "second" * 8])
    sign = keyring.signer("reader", prefix)

    assert sign(rest) == keyring.sign("reader", prefix + rest) == sign(rest)


@given(st.binary(max_size=60))
def test_a_token_is_spelled_as_base32_says(payload: bytes) -> None:
    token = Keyring(["secret" * 6]).sign("reader", payload)

    padded = token.upper() + "=" * (-len(token) % 8)
    assert base64.b32decode(padded).startswith(payload)
    assert len(base64.b32decode(padded)) == len(payload) + MAC_BYTES
