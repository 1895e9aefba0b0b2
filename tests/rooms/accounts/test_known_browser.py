"""The token of a browser in which an operator has signed in before."""

from service.accounts.known_browser import sign_browser_token, verify_browser_token
from service.kit.tokens import Keyring

KEYRING = Keyring(["a secret of thirty-two characters"])


def test_a_browser_keeps_its_id_when_its_token_is_renewed() -> None:
    first = sign_browser_token(KEYRING, "awa@example.org")
    browser_id = verify_browser_token(KEYRING, first, "awa@example.org")

    renewed = sign_browser_token(KEYRING, "awa@example.org", known=browser_id)

    assert browser_id is not None
    assert verify_browser_token(KEYRING, renewed, "awa@example.org") == browser_id


def test_two_browsers_of_an_operator_have_two_ids() -> None:
    tokens = [sign_browser_token(KEYRING, "awa@example.org") for _ in range(2)]

    ids = {verify_browser_token(KEYRING, token, "awa@example.org") for token in tokens}

    assert len(ids) == 2


def test_a_browser_is_known_only_for_the_address_that_signed_in() -> None:
    token = sign_browser_token(KEYRING, "awa@example.org")

    assert verify_browser_token(KEYRING, token, "yao@example.org") is None


def test_a_forged_damaged_or_endless_token_is_refused() -> None:
    token = sign_browser_token(KEYRING, "awa@example.org")
    foreign = sign_browser_token(Keyring(["another secret of thirty-two chars"]), "awa@example.org")

    for forged in (foreign, token[:-1], "é" * 40, "a" * 10_000, ""):
        assert verify_browser_token(KEYRING, forged, "awa@example.org") is None
