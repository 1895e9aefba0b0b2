"""Addresses: what is taken, what is one mailbox, what is refused and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.address import (
    FLAW_SENTENCES,
    AddressFlaw,
    EmailAddress,
    address_key,
    parse_address,
    parse_or_flaw,
)
from service.kit.errors import Invalid

WRITTEN = st.text(
    alphabet=st.one_of(
        st.sampled_from('abcZ09.+-_@"\\<>()[],:; \r\n\té\u200b\u0130'), st.characters()
    ),
    max_size=80,
)


def test_one_mailbox_has_one_key_however_it_is_typed() -> None:
    keys = {
        address_key(text)
        for text in ("Awa.Kone@Example.ORG", " awa.kone@example.org ", "\u200bAWA.KONE@example.org")
    }

    assert keys == {"awa.kone@example.org"}


def test_the_local_part_keeps_the_case_that_its_owner_wrote() -> None:
    assert parse_address("Awa.Kone@Example.ORG").text == "Awa.Kone@example.org"


def test_dots_and_plus_tags_make_different_mailboxes() -> None:
    assert len({address_key(f"{name}@gmail.com") for name in ("a.b", "ab", "ab+x")}) == 3


def test_an_international_domain_is_kept_in_ascii() -> None:
    found = parse_address("awa@Journal-Élan.example")

    assert found.text == "awa@xn--journal-lan-ibb.example"
    assert found.key == "awa@xn--journal-lan-ibb.example"


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", AddressFlaw.EMPTY),
        ("   ", AddressFlaw.EMPTY),
        ("a" * 250 + "@example.org", AddressFlaw.LOCAL_TOO_LONG),
        ("a" * 65 + "@example.org", AddressFlaw.LOCAL_TOO_LONG),
        ("a" * 300, AddressFlaw.NO_AT),
        ("é" * 65 + "@example.org", AddressFlaw.ACCENTS),
        ("awa@" + "a" * 64 + ".org", AddressFlaw.DOMAIN_TOO_LONG),
        ("awa@" + "éàü" * 20 + ".org", AddressFlaw.DOMAIN_TOO_LONG),
        ("awa@" + "a." * 130 + "org", AddressFlaw.DOMAIN_TOO_LONG),
        ("awa@" + "élan-du-matin." * 14 + "org", AddressFlaw.DOMAIN_TOO_LONG),
        ("a" * 60 + "@" + "abc." * 49 + "org", AddressFlaw.TOO_LONG),
        ("awa", AddressFlaw.NO_AT),
        ("awa@@example.org", AddressFlaw.NO_AT),
        ("awa@example.org,kofi@example.org", AddressFlaw.NO_AT),
        ("éva@example.org", AddressFlaw.ACCENTS),
        ("awa kone@example.org", AddressFlaw.SPACES),
        ("awa@example.org\r\nBcc: x", AddressFlaw.SPACES),
        ("awa@exam\u00a0ple.org", AddressFlaw.SPACES),
        ("awa@localhost", AddressFlaw.DOMAIN),
        ("awa@example", AddressFlaw.DOMAIN),
        ("awa@test", AddressFlaw.DOMAIN),
        ("awa@-example.org", AddressFlaw.DOMAIN),
        ("awa@[127.0.0.1]", AddressFlaw.DOMAIN),
        ("awa@", AddressFlaw.DOMAIN),
        ("@example.org", AddressFlaw.MALFORMED),
        ('"awa"@example.org', AddressFlaw.MALFORMED),
        ("Awa<awa@example.org>", AddressFlaw.DOMAIN),
        ("awa..kone@example.org", AddressFlaw.MALFORMED),
        ("awa(x)@example.org", AddressFlaw.MALFORMED),
        ("awa@example.org\0", AddressFlaw.DOMAIN),
    ],
)
def test_what_is_wrong_is_named(text: str, flaw: AddressFlaw) -> None:
    assert parse_or_flaw(text) is flaw


def test_every_flaw_has_a_sentence_for_the_command_line() -> None:
    assert set(FLAW_SENTENCES) == set(AddressFlaw)

    with pytest.raises(Invalid, match="one @"):
        parse_address("awa")


@pytest.mark.parametrize(
    "mark",
    [
        "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067",
        "\u2068", "\u2069", "\u200b", "\ufeff", "\u00ad", "\u061c",
    ],
)  # fmt: skip
def test_marks_that_nobody_sees_are_left_out(mark: str) -> None:
    assert parse_address(f"{mark}awa{mark}@exam{mark}ple.org{mark} ").text == "awa@example.org"


@pytest.mark.parametrize("local", ["a" * 64, "a"])
def test_the_longest_local_part_is_taken(local: str) -> None:
    assert parse_address(f"{local}@{'b' * 63}.org").text == f"{local}@{'b' * 63}.org"


@given(WRITTEN)
def test_whatever_is_taken_can_stand_in_an_envelope_and_is_its_own_normal_form(text: str) -> None:
    found = parse_or_flaw(text)

    if isinstance(found, EmailAddress):
        assert found.text.isascii()
        assert found.text.isprintable()
        assert not set(found.text) & set(' "<>()[]\\,:;')
        assert len(found.text) <= 254
        assert found.text.count("@") == 1
        assert parse_or_flaw(found.key) == EmailAddress(text=found.key, key=found.key)


@given(
    st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?@[a-z]{2,15}\.(com|org|ci|fr)", fullmatch=True)
)
def test_plain_addresses_are_taken(text: str) -> None:
    assert parse_address(text) == EmailAddress(text=text, key=text)
