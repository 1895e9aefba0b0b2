import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from email.policy import default
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.delivery.messages.compose import (
    EncodedPieces,
    MessageTemplate,
    compose,
    encode_quoted_printable,
    is_wire_ready,
)
from service.delivery.messages.headers import (
    NamedAddress,
    NoticeHeaders,
    machine_field,
    write_notice_headers,
)
from service.kit.errors import Invalid

PLACEHOLDER = "crieurtoken" + "q7" * 15 + "z"
TOKEN = "a2b3c4d" * 6
HEAD = write_notice_headers(
    NoticeHeaders(
        sender=NamedAddress(name="Le Matin", address="matin@echo.example"),
        reply_to=None,
        subject="Bonjour",
        date=datetime(2023, 2, 6, tzinfo=UTC),
    )
)
PIECES = st.lists(
    st.one_of(
        st.just(PLACEHOLDER),
        st.text(max_size=120),
        st.sampled_from([".", "..", "\n.\n", "From ", "\nFrom me", " \n", "\t", "=", "é" * 80]),
        st.text(alphabet=" .\n\r\tFrom=é", max_size=100),
    ),
    max_size=12,
).map("".join)


def _joined(**changes: Any) -> bytes:
    message = MessageTemplate(**{"head": HEAD, "text": "texte", "html": "<p>page</p>", **changes})
    return compose(message).join(
        token=TOKEN, address="lectrice@example.org", message_id="<17.ab@news.example>"
    )


def _parts(raw: bytes) -> tuple[EmailMessage, MIMEPart, MIMEPart]:
    message = email.message_from_bytes(raw, policy=default)
    text, html = message.iter_parts()
    return message, text, html


def _expected(text: str) -> str:
    canonical = re.sub(r"\r\n?", "\n", text)
    return canonical.replace(PLACEHOLDER, TOKEN)


def _read(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


@given(PIECES, PIECES)
@example("", "")
@example(PLACEHOLDER, PLACEHOLDER * 3)
@example(f"\n{PLACEHOLDER}\n", f"{'x' * 75}{PLACEHOLDER}.\n.")
def test_a_mail_reader_sees_the_texts_with_the_token_in_place(text: str, html: str) -> None:
    raw = _joined(text=text, html=html, placeholder=PLACEHOLDER)

    _, text_part, html_part = _parts(raw)
    assert text_part.get_content_type() == "text/plain"
    assert html_part.get_content_type() == "text/html"
    assert _read(text_part) == _expected(text)
    assert _read(html_part) == _expected(html)


@given(PIECES)
def test_lines_on_the_wire_are_short_and_need_no_dot_stuffing(html: str) -> None:
    raw = _joined(html=html, placeholder=PLACEHOLDER)

    for line in raw.split(b"\r\n"):
        assert len(line) <= 78
        assert line.isascii()
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"\n" not in line
        assert b"\r" not in line
    assert raw.endswith(b"--\r\n")


@given(PIECES)
def test_each_placeholder_stands_alone_between_breaks(text: str) -> None:
    quoted = encode_quoted_printable(text, PLACEHOLDER)

    lines = [line for line in quoted.split(b"\r\n") if PLACEHOLDER.encode() in line]
    assert len(lines) == text.count(PLACEHOLDER)
    assert {line.removesuffix(b"=") for line in lines} <= {PLACEHOLDER.encode()}


def test_two_copies_differ_only_where_the_reader_does() -> None:
    composed = compose(
        MessageTemplate(
            head=HEAD,
            text=f"https://news.example/{PLACEHOLDER}\n",
            html=f'<a href="https://news.example/{PLACEHOLDER}">x</a>',
            placeholder=PLACEHOLDER,
        )
    )

    one = composed.join(token=TOKEN, address="a@example.org", message_id="<1.a@news.example>")
    same = composed.join(token=TOKEN, address="a@example.org", message_id="<1.a@news.example>")
    other = composed.join(
        token=TOKEN[::-1], address="a@example.org", message_id="<1.a@news.example>"
    )

    assert one == same
    assert one.replace(TOKEN.encode(), TOKEN[::-1].encode()) == other
    assert one.count(TOKEN.encode()) == 2
    assert composed.size < len(one)


def test_the_readers_own_fields_come_first_and_once() -> None:
    message, _, _ = _parts(_joined())

    assert message.keys()[:2] == ["To", "Message-ID"]
    assert message["To"].addresses[0].addr_spec == "lectrice@example.org"
    assert message["Message-ID"] == "<17.ab@news.example>"
    assert message["Content-Type"].content_type == "multipart/alternative"
    assert len(message.keys()) == len(set(message.keys()))
    assert message.defects == []


def test_the_delivery_token_stands_behind_the_message_id() -> None:
    raw = compose(MessageTemplate(head=HEAD, text="x", html="y")).join(
        token=TOKEN, address="a@b.example", message_id="<1@b.example>", delivery="abc234"
    )

    assert b"\r\nMessage-ID: <1@b.example>\r\nX-Crieur-Delivery: abc234\r\n" in raw


def test_a_message_without_placeholder_is_the_same_for_every_token() -> None:
    assert TOKEN.encode() not in _joined(text="Bonjour", html="<p>Bonjour</p>")


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "a\r\nb"},
        {"token": "a" * 80},
        {"address": "a@b.example>\r\nBcc: <c@d.example"},
        {"address": "a@b.example, c@d.example"},
        {"message_id": "<1@b>\r\nBcc: c@d.example"},
        {"delivery": "a\r\nBcc: c@d.example"},
    ],
    ids=range(6),
)
def test_a_readers_values_cannot_break_out_of_their_place(changes: dict[str, Any]) -> None:
    values = {"token": TOKEN, "address": "a@b.example", "message_id": "<1@b.example>"}

    with pytest.raises(Invalid):
        compose(MessageTemplate(head=HEAD, text="x", html="y")).join(**{**values, **changes})


@given(PIECES, PIECES, st.integers(1, 75))
def test_what_compose_promises_of_every_copy_is_true(text: str, html: str, length: int) -> None:
    message = MessageTemplate(head=HEAD, text=text, html=html, placeholder=PLACEHOLDER)
    composed = compose(message)

    raw = composed.join(token="z" * length, address="a@b.example", message_id="<1@b.example>")

    assert composed.ready
    assert is_wire_ready(raw)


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: a\nb\r\n",
        b"Subject: a\rb\r\n",
        b"Subject: a\x00b\r\n",
        b"Subject: caf\xc3\xa9\r\n",
        b"Subject: x\r\n.: y\r\n",
        b"Subject: " + b"x" * 990 + b"\r\n",
    ],
    ids=["bare LF", "bare CR", "NUL", "8-bit", "a dot", "a long line"],
)
def test_nothing_is_promised_of_a_mail_that_needs_another_look(head: bytes) -> None:
    assert not compose(MessageTemplate(head=head, text="x", html="y")).ready


def test_a_token_that_would_make_a_line_too_long_takes_the_promise_back() -> None:
    """The placeholder is shorter than the longest token that `join` takes."""
    head = machine_field("List-Unsubscribe", f"<https://news.example/{'x' * 885}/{PLACEHOLDER}>,")

    assert len(PLACEHOLDER) < 75
    assert not compose(
        MessageTemplate(head=head, text="x", html="y", placeholder=PLACEHOLDER)
    ).ready


@pytest.mark.parametrize("raw", [b"", b"x", b"x\r\n\x80\r\n", b".\r\n", b"\r\n.x\r\n"])
def test_bytes_without_a_last_line_end_or_with_dots_are_not_ready(raw: bytes) -> None:
    assert not is_wire_ready(raw)


@pytest.mark.parametrize(
    "message_id", ["<a b@c.example>", "<ab>", "a@b", "<a@b> ", f"<{'a' * 900}@b>"]
)
def test_a_message_id_that_would_not_be_one_is_refused(message_id: str) -> None:
    with pytest.raises(Invalid, match="Message-ID"):
        compose(MessageTemplate(head=HEAD, text="x", html="y")).join(
            token=TOKEN, address="a@b.example", message_id=message_id
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=90), min_size=1, max_size=5), st.text(max_size=90), st.booleans())
def test_a_part_in_pieces_has_the_bytes_of_the_part_in_one_piece(
    lines: list[str], last: str, shares: bool
) -> None:
    mark = "crieurtoken" + "a" * 31
    pieces = [*(f"{line} {mark}. {line}\n" for line in lines), last]
    quotes = EncodedPieces(mark, shares=shares, most=3)
    reader = {"token": TOKEN, "address": "a@b.example", "message_id": "<1@b.example>"}

    whole = compose(
        MessageTemplate(head=b"Subject: x\r\n", text="".join(pieces), html="<p>", placeholder=mark)
    )
    for _ in range(2):
        joined = compose(
            MessageTemplate(head=b"Subject: x\r\n", text=pieces, html=("<p>",), placeholder=mark),
            quotes=quotes,
        )
        assert joined.join(**reader) == whole.join(**reader)
        assert (len(joined.pieces) > len(whole.pieces)) or not shares
        assert joined.ready == whole.ready


@pytest.mark.parametrize(
    ("raw", "ready"),
    [
        (b"a\r\nb\r\n", True),
        (b"a\r\nb", False),
        (b".a\r\n", False),
        (b"a\r\n.b\r\n", False),
        (b"a\nb\r\n", False),
        (b"\na\r\n", False),
        (b"a\rb\r\n", False),
        (b"a\r\r\n", False),
        (b"a\x00\r\n", False),
        (b"\xe9\r\n", False),
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999 + b"\r\n", False),
        (b"", False),
    ],
)
def test_what_may_go_onto_the_wire_as_it_is(raw: bytes, ready: bool) -> None:
    assert is_wire_ready(raw) is ready
