"""Receivers read records with tolerance, and so do we before we call one wrong."""

import re
from base64 import b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.messages.dkim import DkimKey
from service.delivery.messages.dkim_record import (
    check_published_key,
    is_domain,
    is_selector,
    parse_tags,
    txt_record,
    zone_file_line,
)
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key

KEYS = [an_rsa_key(), an_ed25519_key()]
KINDS = ["rsa", "ed25519"]


@pytest.mark.parametrize("key", KEYS, ids=KINDS)
def test_what_we_tell_people_to_publish_is_good(key: DkimKey) -> None:
    assert check_published_key(key, [txt_record(key)]) == []


@pytest.mark.parametrize("key", KEYS, ids=KINDS)
def test_a_zone_line_has_strings_of_at_most_255_octets(key: DkimKey) -> None:
    line = zone_file_line(key)

    strings = re.findall(r'"([^"]*)"', line)
    assert line.startswith(f"{key.name}. IN TXT ( ")
    assert max(map(len, strings)) <= 255
    assert "".join(strings) == txt_record(key)


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text.replace("v=DKIM1; ", ""),
        lambda text: text.replace("k=rsa; ", ""),
        lambda text: text.replace("; ", ";") + ";",
        lambda text: text.replace("p=", "n=a note; p= "),
        lambda text: text[:100] + " " + text[100:200] + "\t" + text[200:],
        lambda text: text.replace("p=", "h=sha1:sha256; s=email; t=s; g=*; p="),
    ],
    ids=["no version", "no kind", "tight", "a note", "white space", "other tags"],
)
def test_a_record_written_by_others_may_look_different(changed: Callable[[str], str]) -> None:
    assert check_published_key(an_rsa_key(), [changed(txt_record(an_rsa_key()))]) == []


def test_an_rsa_key_in_the_form_of_the_rfc_is_taken() -> None:
    key = an_rsa_key()
    der = key.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    assert check_published_key(key, [f"v=DKIM1; p={b64encode(der).decode()}"]) == []


@pytest.mark.parametrize(
    ("records", "advice"),
    [
        ([], "Publish the TXT record r1._domainkey.news.example as 'v=DKIM1; k=rsa; p="),
        (
            ["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"],
            "There are 2 TXT records r1._domainkey.news.example, and",
        ),
        (["v=DKIM2; p=AAAA"], "The TXT record r1._domainkey.news.example is no DKIM key"),
        (["hello"], "The TXT record r1._domainkey.news.example is no DKIM key"),
        (["p=AAAA; p=BBBB"], "The TXT record r1._domainkey.news.example is no DKIM key"),
        (["v=DKIM1; p="], "revoked"),
        (["v=DKIM1; k=ed25519; p=AAAA"], "must say k=rsa"),
        (
            ["v=DKIM1; k=rsa; p=AAAA"],
            "The TXT record r1._domainkey.news.example holds another key than ours",
        ),
        (
            ["v=DKIM1; k=rsa; p=?"],
            "The TXT record r1._domainkey.news.example holds another key than ours",
        ),
        (
            ["v=DKIM1; k=rsa"],
            "The TXT record r1._domainkey.news.example holds another key than ours",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(records: list[str], advice: str) -> None:
    (remark,) = check_published_key(an_rsa_key(), records)

    assert remark.is_bad
    assert advice in remark.advice


@pytest.mark.parametrize(
    ("flag", "is_bad", "advice"),
    [
        ("h=sha1", True, "take its h= away"),
        ("s=tlsrpt", True, "take its s= away"),
        ("t=y:s", False, "take t=y away"),
    ],
)
def test_a_flag_that_restricts_the_key_is_noticed(flag: str, is_bad: bool, advice: str) -> None:
    record = txt_record(an_rsa_key()).replace("p=", f"{flag}; p=")

    (remark,) = check_published_key(an_rsa_key(), [record])

    assert remark.is_bad is is_bad
    assert advice in remark.advice


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    tags = parse_tags(text)

    assert tags is None or all(name and name == name.strip() for name in tags)
    assert check_published_key(an_rsa_key(), [text])[0].is_bad


def test_names_are_those_that_dns_and_the_header_take() -> None:
    assert is_domain("news.example")
    assert is_domain("xn--bcher-kva.example")
    assert not is_domain("news")
    assert not is_domain("news.example.")
    assert not is_domain("a" * 64 + ".example")
    assert is_selector("2026-10")
    assert is_selector("s1.ab")
    assert not is_selector("")
    assert not is_selector("s 1")
    assert not is_selector("-s")
