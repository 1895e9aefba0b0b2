"""Addresses: what is taken, what is one mailbox, what is refused and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.address import SENTENCES, Address, Flaw, address_key, parse, read
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
    assert parse("Awa.Kone@Example.ORG").text == "Awa.Kone@example.org"


def test_dots_and_plus_tags_make_different_mailboxes() -> None:
    assert len({address_key(f"{name}@gmail.com") for name in ("a.b", "ab", "ab+x")}) == 3


def test_an_international_domain_is_kept_in_ascii() -> None:
    found = parse("awa@Journal-Élan.example")

    assert found.text == "awa@xn--journal-lan-ibb.example"
    assert found.key == "awa@xn--journal-lan-ibb.example"


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.EMPTY),
        ("   ", Flaw.EMPTY),
        ("a" * 250 + "@example.org", Flaw.LOCAL_TOO_LONG),
        ("a" * 65 + "@example.org", Flaw.LOCAL_TOO_LONG),
        ("a" * 300, Flaw.NO_AT),
        ("é" * 65 + "@example.org", Flaw.ACCENTS),
        ("awa@" + "a" * 64 + ".org", Flaw.DOMAIN_TOO_LONG),
        ("awa@" + "éàü" * 20 + ".org", Flaw.DOMAIN_TOO_LONG),
        ("awa@" + "a." * 130 + "org", Flaw.DOMAIN_TOO_LONG),
        ("awa@" + "élan-du-matin." * 14 + "org", Flaw.DOMAIN_TOO_LONG),
        ("a" * 60 + "@" + "abc." * 49 + "org", Flaw.TOO_LONG),
        ("awa", Flaw.NO_AT),
        ("awa@@example.org", Flaw.NO_AT),
        ("awa@example.org,kofi@example.org", Flaw.NO_AT),
        ("éva@example.org", Flaw.ACCENTS),
        ("awa kone@example.org", Flaw.SPACES),
        ("awa@example.org\r\nBcc: x", Flaw.SPACES),
        ("awa@exam\u00a0ple.org", Flaw.SPACES),
        ("awa@localhost", Flaw.DOMAIN),
        ("awa@example", Flaw.DOMAIN),
        ("awa@test", Flaw.DOMAIN),
        ("awa@-example.org", Flaw.DOMAIN),
        ("awa@[127.0.0.1]", Flaw.DOMAIN),
        ("awa@", Flaw.DOMAIN),
        ("@example.org", Flaw.MALFORMED),
        ('"awa"@example.org', Flaw.MALFORMED),
        ("Awa<awa@example.org>", Flaw.DOMAIN),
        ("awa..kone@example.org", Flaw.MALFORMED),
        ("awa(x)@example.org", Flaw.MALFORMED),
        ("awa@example.org\0", Flaw.DOMAIN),
    ],
)
def test_what_is_wrong_is_named(text: str, flaw: Flaw) -> None:
    assert read(text) is flaw


def test_every_flaw_has_a_sentence_for_the_command_line() -> None:
    assert set(SENTENCES) == set(Flaw)

    with pytest.raises(Invalid, match="one @"):
        parse("awa")


@pytest.mark.parametrize(
    "mark",
    [
        "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067",
        "\u2068", "\u2069", "\u200b", "\ufeff", "\u00ad", "\u061c",
    ],
)  # fmt: skip
def test_marks_that_nobody_sees_are_left_out(mark: str) -> None:
    assert parse(f"{mark}awa{mark}@exam{mark}ple.org{mark} ").text == "awa@example.org"


@pytest.mark.parametrize("local", ["a" * 64, "a"])
def test_the_longest_local_part_is_taken(local: str) -> None:
    assert parse(f"{local}@{'b' * 63}.org").text == f"{local}@{'b' * 63}.org"


@given(WRITTEN)
def test_whatever_is_taken_can_stand_in_an_envelope_and_is_its_own_normal_form(text: str) -> None:
    found = read(text)

    if isinstance(found, Address):
        assert found.text.isascii()
        assert found.text.isprintable()
        assert not set(found.text) & set(' "<>()[]\\,:;')
        assert len(found.text) <= 254
        assert found.text.count("@") == 1
        assert read(found.key) == Address(text=found.key, key=found.key)


@given(
    st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?@[a-z]{2,15}\.(com|org|ci|fr)", fullmatch=True)
)
def test_plain_addresses_are_taken(text: str) -> None:
    assert parse(text) == Address(text=text, key=text)
