"""A mail's text on the wire: where it ends, what its dots mean, and what its lines may cost."""

import asyncio
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.inbound_data import read_mail

LIMIT = 10_000_000
PIECES = st.lists(
    st.sampled_from([b"\r\n", b".", b"..", b"\r", b"\n", b"a", b"\0", b"\xff", b"\r\n.", b".\n"])
)


def _sent(mail: bytes) -> bytes:
    """Write a mail as RFC 5321, section 4.5.2, wants it."""
    lines = mail.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)


async def _read(
    sent: bytes, *, limit: int = LIMIT, step: int = 1 << 16
) -> tuple[bytes | None, bytes]:
    """Feed what a client sends, some bytes at a time; return the mail, and what lies behind it."""
    reader = asyncio.StreamReader()

    async def feed() -> None:
        for at in range(0, len(sent), step):
            reader.feed_data(sent[at : at + step])
            await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    mail = await read_mail(reader, limit=limit)
    await feeding
    reader.feed_eof()
    return mail, await reader.read()


@given(PIECES.map(b"".join), st.integers(1, 9))
@example(b"", 1)
@example(b".", 2)
@example(b"a\n.\nMAIL FROM:<>", 3)
@example(b"a\r.\r\nb", 1)
def test_a_mail_arrives_as_it_was_written_and_ends_where_it_should(mail: bytes, step: int) -> None:
    whole = mail + b"\r\n" if mail else b""
    sent = _sent(whole) + b".\r\nMAIL FROM:<>\r\n"

    assert asyncio.run(_read(sent, step=step)) == (whole, b"MAIL FROM:<>\r\n")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\0.\r\n"]
)
def test_nothing_else_ends_a_mail(end: bytes) -> None:
    sent = b"Subject: a\r\n\r\nb" + end + b"MAIL FROM:<>\r\n.\r\n"

    mail, behind = asyncio.run(_read(sent, step=1))

    assert mail is not None
    assert mail.endswith(b"MAIL FROM:<>\r\n")
    assert behind == b""


@pytest.mark.parametrize("piece", [b"\r\n", b"a", b"..\r\n", b"\r\n.x"])
def test_what_is_too_large_is_read_to_its_end_and_not_kept(piece: bytes) -> None:
    sent = piece * (30_000 // len(piece)) + b"\r\n.\r\nQUIT\r\n"

    assert asyncio.run(_read(sent, limit=10_000, step=1000)) == (None, b"QUIT\r\n")


@pytest.mark.parametrize("line", [b"\r\n", b"..\r\n", b"a\r\n", b"\r", b"."])
def test_no_kind_of_line_costs_more_than_another(line: bytes) -> None:
    sent = line * (8_000_000 // len(line)) + b"\r\n.\r\n"
    began = time.thread_time()

    mail, _ = asyncio.run(_read(sent))

    assert mail is not None
    assert time.thread_time() - began < 2
