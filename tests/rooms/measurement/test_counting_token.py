"""The signed part of an address that counts."""

from hypothesis import given
from hypothesis import strategies as st

from service.kit.tokens import Keyring
from service.measurement.counting_token import (
    LENGTH,
    CountingToken,
    link_url,
    pixel_url,
    sign_counting_token,
    verify_counting_token,
)

KEYRING = Keyring(["a secret for tests, long enough"])
TOKENS = st.builds(
    CountingToken,
    edition_id=st.integers(0, 2**63 - 1),
    subject=st.integers(1, 2),
    number=st.integers(0, 65_535),
)


@given(TOKENS)
def test_a_token_says_what_was_signed_and_has_one_length(token: CountingToken) -> None:
    signed = sign_counting_token(KEYRING, token)

    assert verify_counting_token(KEYRING, signed) == token
    assert len(signed) == LENGTH


@given(TOKENS, st.integers(0, LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_another_letter_opens_nothing(
    token: CountingToken, place: int, letter: str
) -> None:
    signed = sign_counting_token(KEYRING, token)
    changed = signed[:place] + letter + signed[place + 1 :]

    assert (verify_counting_token(KEYRING, changed) is None) is (changed != signed)


@given(st.text(max_size=60))
def test_any_other_text_opens_nothing(text: str) -> None:
    assert verify_counting_token(KEYRING, text) is None


def test_a_token_for_another_purpose_opens_nothing() -> None:
    assert verify_counting_token(KEYRING, KEYRING.sign("counted", b"short")) is None
    assert verify_counting_token(KEYRING, KEYRING.sign("reader", b"x" * 11)) is None


def test_addresses_are_ours() -> None:
    assert link_url("https://crieur.test", "abc") == "https://crieur.test/l/abc"
    assert pixel_url("https://crieur.test", "abc") == "https://crieur.test/o/abc.gif"
