"""Signatures are judged by dkimpy, which shares no code with ours."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.delivery.messages.compose import MessageTemplate, PreparedMessage, compose
from service.delivery.messages.dkim import DkimKey, DkimKeys, DkimSigner, DkimSigning
from service.delivery.messages.headers import (
    EditionHeaders,
    NamedAddress,
    NoticeHeaders,
    write_edition_headers,
    write_notice_headers,
)
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key, verdicts

AT = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
HOLE = "crieurtokenabcdefghijklmnopqrstuvwxyz23456"
TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpi"
WORDS = st.text(max_size=120)
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet=" \t\r\n.=-aé", max_size=60),
        st.sampled_from([HOLE, "\r\n", "\n\n\n", "  \t ", ".\n", "From x\n", "😀", "x" * 1200]),
    ),
    max_size=12,
).map("".join)


def _a_message(
    *, subject: str = "La loi", text: str = "texte\n", html: str = "<p>x"
) -> MessageTemplate:
    head = EditionHeaders(
        sender=NamedAddress(name="Le Matin d’Abidjan", address="matin@news.example"),
        reply_to="redaction@news.example",
        subject=subject,
        date=AT,
        list_id=NamedAddress(name="Le Matin", address="matin.news.example"),
        unsubscribe_url=f"https://news.example/unsubscribe/{HOLE}",
        unsubscribe_address=f"u-{HOLE}@bounces.news.example",
        feedback=("17", "matin", "digest"),
    )
    return MessageTemplate(head=write_edition_headers(head), text=text, html=html, placeholder=HOLE)


def _composed(message: MessageTemplate, *keys: DkimKey) -> PreparedMessage:
    return compose(message, signing=DkimSigning(keys=keys, at=AT))


def _joined(composed: PreparedMessage, token: str = TOKEN) -> bytes:
    return composed.join(
        token=token, address="lectrice@example.org", message_id="<17.ab@news.example>"
    )


@settings(deadline=None)
@given(subject=WORDS, text=TEXTS, html=TEXTS)
def test_any_mail_is_verified_by_somebody_elses_code(subject: str, text: str, html: str) -> None:
    keys = [an_rsa_key(), an_ed25519_key()]

    raw = _joined(_composed(_a_message(subject=subject, text=text, html=html), *keys))

    assert verdicts(raw, keys) == [True, True]


@settings(deadline=None)
@given(data=st.data())
def test_a_changed_byte_fails(data: st.DataObject) -> None:
    keys = [an_rsa_key(), an_ed25519_key()]
    raw = _joined(_composed(_a_message(text=f"Bonjour {HOLE}"), *keys))
    start = raw.index(b"To: <")
    place = data.draw(st.sampled_from(_places_that_count(raw, start)))
    changed = raw[:place] + bytes([raw[place] ^ 0x02]) + raw[place + 1 :]

    assert verdicts(raw, keys) == [True, True]
    assert verdicts(changed, keys) == [False, False]


def _places_that_count(raw: bytes, start: int) -> list[int]:
    """Leave out white space and the case of field names, which the relaxed form forgives."""
    return [
        place
        for place in range(start, len(raw))
        if chr(raw[place]).isalnum() and chr(raw[place] ^ 0x02).isalnum()
    ]


def test_the_copies_of_two_readers_are_each_signed() -> None:
    keys = [an_ed25519_key()]
    composed = _composed(_a_message(text=HOLE, html=f"{HOLE} x {HOLE}"), *keys)

    one, other = _joined(composed), _joined(composed, token=TOKEN[::-1])

    assert verdicts(one, keys) == verdicts(other, keys) == [True]
    assert one == _joined(composed)


def test_another_process_makes_the_same_signature() -> None:
    """A repeated mail must have the same bytes."""
    keys = [an_rsa_key(), an_ed25519_key()]

    assert _joined(_composed(_a_message(), *keys)) == _joined(_composed(_a_message(), *keys))


@pytest.mark.parametrize(
    "added",
    [
        b"From: <evil@example.org>\r\n",
        b"Subject: Gagnez\r\n",
        b"To: <all@example.org>\r\n",
        b"Cc: <all@example.org>\r\n",
        b"Reply-To: <evil@example.org>\r\n",
        b"Date: Wed, 08 Feb 2023 06:00:01 +0000\r\n",
        b"Content-Type: text/plain\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"List-Unsubscribe: <https://evil.example/>\r\n",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
    ],
)
def test_a_second_field_breaks_the_signature(added: bytes) -> None:
    """A signature that covers one From says nothing of another one above it."""
    keys = [an_ed25519_key()]
    raw = _joined(_composed(_a_message(), *keys))

    assert verdicts(added + raw, keys) == [False]


def test_what_relays_and_lists_add_in_good_faith_breaks_nothing() -> None:
    keys = [an_ed25519_key()]
    raw = _joined(_composed(_a_message(), *keys))
    trace = b"Received: from a by b; Wed, 08 Feb 2023 06:00:01 +0000\r\nFeedback-ID: x:relay\r\n"

    assert verdicts(trace + raw, keys) == [True]


def test_every_field_of_ours_is_signed_and_nothing_is_cut_off() -> None:
    raw = _joined(_composed(_a_message(), an_ed25519_key()))

    tags = re.sub(rb"\s", b"", raw[: raw.index(b"\r\nTo: ")]).decode().split(";")
    signed = next(tag for tag in tags if tag.startswith("h="))[2:].split(":")
    head, _, _ = raw.partition(b"\r\n\r\n")
    present = {line.split(b":")[0].decode().lower() for line in re.split(rb"\r\n(?!\s)", head)}
    assert set(signed) >= present - {"dkim-signature"}
    assert signed.count("from") == signed.count("list-unsubscribe-post") == 2
    assert signed.count("cc") == signed.count("list-id") == 1
    assert f"t={int(AT.timestamp())}" in tags
    assert not [tag for tag in tags if tag.startswith(("l=", "x=", "z="))]


def test_signatures_keep_what_a_composed_mail_promises() -> None:
    composed = _composed(_a_message(), an_rsa_key(bits=4096), an_ed25519_key(selector="a." * 30))

    lines = _joined(composed).split(b"\r\n")

    assert composed.ready
    assert max(map(len, lines)) <= 98
    assert not any(line.startswith(b".") for line in lines)


def test_a_notice_is_signed_like_an_edition() -> None:
    keys = [an_rsa_key()]
    head = NoticeHeaders(
        sender=NamedAddress(name="", address="matin@news.example"),
        reply_to=None,
        subject="Confirmez",
        date=AT,
    )

    raw = _joined(
        _composed(MessageTemplate(head=write_notice_headers(head), text="x", html="y"), *keys)
    )

    assert verdicts(raw, keys) == [True]
    assert verdicts(b"Reply-To: <evil@example.org>\r\n" + raw, keys) == [False]


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"..", b"\r\n\r\n"]), max_size=30))
def test_a_body_that_is_not_ours_is_relaxed_as_the_verifier_does_it(pieces: list[bytes]) -> None:
    """Ours has no white space at line ends; the rules hold for any other too."""
    key = an_ed25519_key()
    body = b"".join(pieces) + b"\r\n"
    head = b"From: <a@news.example>\r\nSubject:  a \t b\r\n  c  \r\n"
    signer = DkimSigner(head, body, placeholder=b"", signing=DkimSigning(keys=[key], at=AT))

    fields = signer.sign(b"", to=b"<b@example.org>", message_id=b"<1@news.example>")

    own = b"To: <b@example.org>\r\nMessage-ID: <1@news.example>\r\n"
    assert verdicts(fields + own + head + b"\r\n" + body, [key]) == [True]


def test_keys_sign_for_their_own_domain_only() -> None:
    keys = DkimKeys((an_rsa_key(), an_ed25519_key(), an_rsa_key("other.example", "r1")))

    assert [key.selector for key in keys.of("NEWS.example")] == ["r1", "e1"]
    assert keys.signing("mail.news.example", at=AT) is None
    signing = keys.signing("other.example", at=AT)
    assert signing is not None
    assert [key.name for key in signing.keys] == ["r1._domainkey.other.example"]


def test_a_private_key_is_not_shown() -> None:
    assert "private" not in repr(an_rsa_key())
