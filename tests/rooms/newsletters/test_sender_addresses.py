"""The addresses of newsletters are such as every mail can carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.messages.headers import check_address, machine_field
from service.kit.errors import Invalid
from service.newsletters import sender_addresses


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Matin.Lettre@Example.ORG", "Matin.Lettre@example.org"),
        ("matin@bücher.example", "matin@xn--bcher-kva.example"),
        ("matin@新聞.example", "matin@xn--efvv70d.example"),
        (" \u202amatin@example.org\u202c ", "matin@example.org"),
        ("matin\u200b@example.org", "matin@example.org"),
    ],
)
def test_an_address_is_kept_as_a_mail_carries_it(typed: str, stored: str) -> None:
    assert sender_addresses.normalise_address(typed) == stored
    assert sender_addresses.normalise_address(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "matin",
        "rené@example.org",
        "ma\u00adtin é@example.org",
        "matin@example.org\r\nBcc: all@example.org",
        "matin@exam\x00ple.org",
        '"le matin"@example.org',
        "matin@[192.0.2.1]",
        "matin@localhost",
        f"{'m' * 65}@example.org",
        f"matin@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example.org",
        "matin@ex ample.org",
        "a@b@example.org",
        "matin@-example.org",
    ],
)
def test_an_address_that_no_mail_can_carry_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        sender_addresses.normalise_address(typed)


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_is_taken_can_be_written_into_a_header(local: str, domain: str) -> None:
    try:
        plain = sender_addresses.normalise_address(f"{local}@{domain}")
    except Invalid:
        return

    assert check_address(plain) == plain
    assert machine_field("Reply-To", plain).isascii()


def test_both_addresses_of_a_newsletter_are_normalised_and_a_reply_address_may_be_missing() -> None:
    both = sender_addresses.normalise_addresses("Matin@Example.ORG", "desk@bücher.example")
    one = sender_addresses.normalise_addresses("matin@example.org", None)

    assert both == {
        "sender_address": "Matin@example.org",
        "reply_to": "desk@xn--bcher-kva.example",
    }
    assert one == {"sender_address": "matin@example.org", "reply_to": None}


@pytest.mark.parametrize(
    ("sender", "reply_to"), [("matin", None), ("matin@example.org", "rené@example.org")]
)
def test_either_address_that_no_message_can_carry_is_refused(
    sender: str, reply_to: str | None
) -> None:
    with pytest.raises(Invalid):
        sender_addresses.normalise_addresses(sender, reply_to)


def test_an_address_of_the_greatest_length_is_taken_and_a_longer_one_is_not() -> None:
    domain = ".".join(["a" * 60] * 3 + ["example"])
    longest = "m" * (254 - len(domain) - 1)

    assert sender_addresses.is_valid_address(f"{longest}@{domain}")
    assert not sender_addresses.is_valid_address(f"{longest}m@{domain}")
