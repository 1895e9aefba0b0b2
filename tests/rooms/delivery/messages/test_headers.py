import email
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.messages.headers import (
    EditionHeaders,
    NamedAddress,
    NoticeHeaders,
    machine_field,
    mailbox_field,
    make_message_id,
    text_field,
    write_edition_headers,
    write_notice_headers,
)
from service.kit.errors import Invalid

LONG_URL = "https://" + "lettres." * 30 + "example/unsubscribe/" + "a" * 42
FRENCH = st.text(alphabet='aàâçéèêëîïôœùûüÿ ’«»\u00a0\u202f–—:;?!()"\\,.@<>=_', max_size=300)


def _an_edition(**changes: Any) -> EditionHeaders:
    values = {
        "sender": NamedAddress(name="Le Matin d’Abidjan", address="matin@echo.example"),
        "reply_to": "redaction@echo.example",
        "subject": "L’Assemblée adopte la loi",
        "date": datetime(2023, 2, 6, 7, 0, tzinfo=UTC),
        "list_id": NamedAddress(name="Le Matin d’Abidjan", address="matin.news.example"),
        "unsubscribe_url": "https://news.example/unsubscribe/" + "a" * 42,
        "unsubscribe_address": "u-" + "a" * 42 + "@bounces.echo.example",
        "feedback": ("e17", "matin", "digest"),
    }
    return EditionHeaders(**{**values, **changes})


def _parse(fields: bytes) -> EmailMessage:
    return email.message_from_bytes(fields + b"\r\nbody\r\n", policy=default)


def _clean(text: str) -> str:
    spaced = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    return re.sub(r" {2,}", " ", spaced).strip()


def _assert_fits(fields: bytes) -> None:
    assert fields.endswith(b"\r\n")
    for line in fields[:-2].split(b"\r\n"):
        assert 0 < len(line) <= 78
        assert line.isascii()
        assert b"\n" not in line
        assert b"\r" not in line
    for word in re.findall(rb"=\?utf-8\?[qb]\?[^?]*\?=", fields):
        assert len(word) <= 75
        # Each word holds whole characters, so it decodes by itself.
        str(make_header(decode_header(word.decode())))


def _display_name(fields: bytes) -> str:
    """The name as readers see it.

    Python 3.11's header registry leaves a space between adjacent words of a display name, against
    RFC 2047 section 6.2, and folds white space inside a decoded word; its older decoder does not.
    """
    if b"=?utf-8?" not in fields:
        return str(_parse(fields)["From"].addresses[0].display_name)
    value = fields.removeprefix(b"From: ").decode().replace("\r\n", "")
    words, _, _ = value.rpartition("<")
    return str(make_header(decode_header(words.strip())))


def test_an_edition_has_each_field_once_and_says_what_was_meant() -> None:
    message = _parse(write_edition_headers(_an_edition()))

    assert message["From"].addresses == (
        Address("Le Matin d’Abidjan", addr_spec="matin@echo.example"),
    )
    assert message["Reply-To"] == "redaction@echo.example"
    assert message["Subject"] == "L’Assemblée adopte la loi"
    assert message["Date"].datetime == datetime(2023, 2, 6, 7, 0, tzinfo=UTC)
    assert str(message["List-Id"]).endswith("<matin.news.example>")
    assert message["Feedback-ID"] == "e17:matin:digest:crieur"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["MIME-Version"] == "1.0"
    assert "Precedence" not in message
    assert "Auto-Submitted" not in message
    names = [name.lower() for name in message.keys()]  # noqa: SIM118  A message repeats its keys.
    assert len(names) == len(set(names))


def test_one_click_stays_raw_on_the_wire_however_long_it_is() -> None:
    fields = write_edition_headers(_an_edition(unsubscribe_url=LONG_URL))

    lines = fields.split(b"\r\n")
    place = lines.index(f"List-Unsubscribe: <{LONG_URL}>,".encode())
    assert lines[place + 1].startswith(b" <mailto:u-aaaa")
    assert lines[place + 1].endswith(b"?subject=unsubscribe>")
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_a_notice_keeps_vacation_responders_quiet() -> None:
    head = NoticeHeaders(
        sender=NamedAddress(name="", address="matin@echo.example"),
        reply_to=None,
        subject="Confirmez votre abonnement",
        date=datetime(2023, 2, 6, tzinfo=UTC),
    )

    message = _parse(write_notice_headers(head))

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"].addresses == (Address(addr_spec="matin@echo.example"),)
    assert "List-Unsubscribe" not in message
    assert "Reply-To" not in message


@given(st.one_of(st.text(max_size=400), FRENCH))
def test_any_subject_comes_back_as_it_was_and_folds(subject: str) -> None:
    fields = text_field("Subject", subject)

    _assert_fits(fields.replace(b"Subject: \r\n", b"Subject: x\r\n"))
    assert str(_parse(fields)["Subject"]) == _clean(subject)
    assert len(_parse(fields).keys()) == 1


@given(st.one_of(st.text(max_size=200), FRENCH))
def test_any_sender_name_comes_back_and_its_address_stays_apart(name: str) -> None:
    fields = mailbox_field("From", NamedAddress(name=name, address="matin@echo.example"))

    parsed = _parse(fields)["From"].addresses
    _assert_fits(fields)
    assert len(parsed) == 1
    assert parsed[0].addr_spec == "matin@echo.example"
    assert _display_name(fields) == _clean(name)


@given(st.text(max_size=60), st.sampled_from(["\r\n", "\n", "\r", "\0", "\x0b", "\u2028", "\x85"]))
def test_no_words_can_start_another_field(words: str, break_: str) -> None:
    evil = f"{words}{break_}Bcc: victim@example.org"

    message = _parse(
        write_edition_headers(
            _an_edition(subject=evil, sender=NamedAddress(name=evil, address="matin@echo.example"))
        )
    )

    assert "Bcc" not in message
    assert message.get_payload() == "body\r\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"reply_to": "a@b.example\r\nBcc: c@d.example"},
        {"sender": NamedAddress(name="x", address="a b@c.example")},
        {"sender": NamedAddress(name="x", address="é@c.example")},
        {"unsubscribe_url": "https://news.example/\r\nBcc: c@d.example"},
        {"unsubscribe_url": "https://news.example/" + "a" * 1000},
        {"feedback": ("e1", "matin\n", "digest")},
        {"list_id": NamedAddress(name="x", address="matin\r\nBcc: c@d.example")},
    ],
    ids=range(7),
)
def test_a_value_for_machines_with_odd_signs_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        write_edition_headers(_an_edition(**changes))


def test_a_field_name_is_a_name() -> None:
    with pytest.raises(Invalid):
        machine_field("X\r\nBcc", "1")


def test_a_message_id_names_its_delivery() -> None:
    token = "abcdefgh" * 4

    one = make_message_id("17", token, domain="news.example")

    assert one == f"<17.{token}@news.example>"
    assert one == make_message_id("17", token, domain="news.example")


@pytest.mark.parametrize("name", ["<matin>", "a@b", 'Le "Matin"', "a\\b"])
def test_a_name_that_looks_like_an_address_is_encoded(name: str) -> None:
    """OpenSMTPD completed `"<matin>" <matin@…>` to `<matin@its.host>`, inside the quotes."""
    fields = mailbox_field("From", NamedAddress(name=name, address="matin@echo.example"))

    assert fields.startswith(b"From: =?utf-8?q?")
    assert _display_name(fields) == name


def test_a_name_with_a_comma_is_quoted() -> None:
    fields = mailbox_field("From", NamedAddress(name="Le Matin, Abidjan", address="a@echo.example"))

    assert fields == b'From: "Le Matin, Abidjan" <a@echo.example>\r\n'
