"""The daemon that takes returned mail, on real sockets."""

import asyncio
import contextlib
import smtplib

import pytest

from service.kit.db import Begin
from service.kit.errors import Misconfigured
from service.outcomes import process_reports, unsigned_messages
from tests.conftest import FakeClock
from tests.rooms.outcomes import returned_messages
from tests.rooms.workers.conftest import (
    CAPS,
    FBL,
    PATH,
    Open,
    code_for,
    kept_reports,
    talk,
    unsigned_pile,
)
from workers.inbound_limits import MIB
from workers.inbound_smtp import InboundServer


async def test_lmtp_is_spoken_too(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp")

    await talk(port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()), lmtp=True)

    assert [report.channel for report in kept_reports(begin)] == ["lmtp"]


async def test_a_huge_mail_is_refused_and_not_kept(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    huge = (
        returned_messages.dsn()
        + b"a line of seventy letters or so, again and again and again ....\r\n"
        * (11 * 2**20 // 64)
    )

    with pytest.raises(smtplib.SMTPException):
        await talk(port, lambda client: client.sendmail("", [PATH], huge))

    assert kept_reports(begin) == []


async def test_long_lines_and_any_bytes_are_taken(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = returned_messages.dsn() + b"\xff" * 60_000 + b"\r\n"

    await talk(port, lambda client: client.sendmail("", [PATH], raw))

    assert [report.raw for report in kept_reports(begin)] == [raw]


async def test_mails_of_nothing_but_line_ends_keep_nobody_waiting(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = b"\r\n" * (9 * MIB // 2)

    sending = [
        asyncio.create_task(talk(port, lambda client: client.sendmail("", [PATH], raw)))
        for _ in range(4)
    ]
    waits = []
    while not all(each.done() for each in sending):
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(0.01)
        waits.append(asyncio.get_running_loop().time() - began)

    # The daemon runs in this loop.
    assert max(waits) < 2
    assert [report.raw for report in kept_reports(begin)] == [raw]


async def test_closing_hangs_up_on_the_idle_and_takes_nobody_new(inbox: InboundServer) -> None:
    port = await inbox.open("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = await reader.readline()

    await inbox.close()

    assert greeting.startswith(b"220 ")
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_that_is_taken_is_told_with_the_setting(inbox: InboundServer) -> None:
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(Misconfigured, match="CRIEUR_INBOUND_LMTP_LISTEN"):
        await inbox.open(f"127.0.0.1:{port}", channel="lmtp", setting="CRIEUR_INBOUND_LMTP_LISTEN")


def test_the_pile_is_limited_in_bytes_too_and_forgotten_after_some_days(
    begin: Begin, clock: FakeClock
) -> None:
    def lay(number: int) -> bool:
        raw = b"%9d" % number + b"a" * (unsigned_messages.LIMIT_BYTES - 9)
        with begin() as session:
            return unsigned_messages.store_unsigned_message(
                session, raw, envelope_to=FBL, channel="smtp", now=clock.now
            )

    kept = [lay(number) for number in range(34)]
    clock.advance(days=3, seconds=1)
    with begin() as session:
        process_reports.purge_raw_reports(session, now=clock.now)

    assert kept == [True] * 32 + [False] * 2
    assert unsigned_pile(begin) == []
    assert lay(99)


async def test_connections_are_limited_for_one_client_and_for_all(make: Open) -> None:
    ours, theirs = make(caps=CAPS, client=None), make(caps=CAPS, client="198.51.100.0/24")
    greetings: dict[int, list[bytes]] = {}
    writers = []
    for number, daemon in enumerate((ours, theirs)):
        port = await daemon.open("127.0.0.1:0")
        greetings[number] = []
        for _ in range(8):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            greetings[number].append((await reader.readline())[:3])
            writers.append(writer)
        writers[-8].close()
        await writers[-8].wait_closed()
        while greetings[number][-1] != b"220":
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            greetings[number].append((await reader.readline())[:3])
            writers.append(writer)
    for writer in writers:
        writer.close()

    assert greetings[0][:8] == [b"220"] * 6 + [b"421"] * 2
    assert greetings[1][:8] == [b"220"] * 3 + [b"421"] * 5


async def test_unfinished_mails_are_held_up_to_a_size_and_given_back(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")
    line = b"a line of seventy letters or so, again and again and again and aga\r\n"

    async def begin_one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\n" % PATH.encode())
        while not (await reader.readline()).startswith(b"354"):
            pass
        writer.write(line * (MIB // len(line)))
        await writer.drain()
        return reader, writer

    first, second, third = [await begin_one() for _ in range(3)]

    async def last_words(reader: asyncio.StreamReader) -> bytes:
        try:
            return (await reader.read())[:3]
        except ConnectionError:
            # What was on its way to a closed socket may overtake the answer.
            return b"421"

    done, waiting = await asyncio.wait(
        [asyncio.ensure_future(last_words(each)) for each, _ in (first, second, third)],
        return_when=asyncio.FIRST_COMPLETED,
        timeout=20,
    )
    ended = {task.result() for task in done}
    for task in waiting:
        task.cancel()
    for _, writer in (first, second, third):
        writer.close()

    assert ended == {b"421"}
    assert await talk(port, lambda client: code_for(client, PATH)) == 250


async def test_a_line_without_an_end_is_hung_up_on(make: Open) -> None:
    port = await make().open("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\n" % PATH.encode())
    while not (await reader.readline()).startswith(b"354"):
        pass
    with contextlib.suppress(ConnectionError):
        for _ in range(25):
            writer.write(b"a" * MIB)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        assert (await reader.read())[:3] in {b"421", b""}
    writer.close()
