"""The two directions of one SMTP connection, on a pair of real sockets."""

import asyncio
import re

import pytest

from service.delivery.smtp.protocol import MAX_REPLY_LINES, MAX_UNREAD
from tests.rooms.delivery.smtp.conftest import Connected, receive

PATIENT = 60.0
OK = re.compile(rb"250 ok\r\n")
MUCH = b"x" * (8 << 20)


async def test_answers_of_several_lines_are_taken_one_after_the_other(
    connected: Connected,
) -> None:
    protocol, _, server = connected
    server.write(b"250-a\r\n250 b\r\n354 go\r\n")

    assert await protocol.answer(PATIENT) == [b"250-a\r", b"250 b\r"]
    assert protocol.has_unasked()
    assert await protocol.answer(PATIENT) == [b"354 go\r"]
    assert not protocol.has_unasked()


async def test_an_answer_may_come_byte_by_byte(connected: Connected) -> None:
    protocol, _, _ = connected
    waiting = asyncio.create_task(protocol.answer(PATIENT))
    for byte in b"250-a\r\n250 b\r\n":
        receive(protocol, bytes([byte]))

    assert await waiting == [b"250-a\r", b"250 b\r"]


async def test_a_line_too_short_for_a_code_ends_an_answer(connected: Connected) -> None:
    protocol, _, _ = connected
    receive(protocol, b"25\n-x\n")

    assert await protocol.answer(PATIENT) == [b"25"]
    assert await protocol.answer(PATIENT) == [b"-x"]


async def test_an_answer_of_too_many_lines_is_none_and_ends_the_connection(
    connected: Connected,
) -> None:
    protocol, _, _ = connected
    most = b"250-x\r\n" * (MAX_REPLY_LINES - 1)

    receive(protocol, most + b"250 x\r\n")
    assert len(await protocol.answer(PATIENT)) == MAX_REPLY_LINES
    receive(protocol, most + b"250-x\r\n")

    assert await protocol.answer(PATIENT) == []
    assert not protocol.is_open


async def test_a_server_that_never_ends_a_line_is_cut_off(connected: Connected) -> None:
    protocol, _, _ = connected

    open_after = []
    for piece in (b"2" * MAX_UNREAD, b"2"):
        receive(protocol, piece)
        open_after.append(protocol.is_open)

    assert open_after == [True, False]
    assert await protocol.answer(PATIENT) == []
    # What it goes on to say is not believed.
    receive(protocol, b"250 ok\r\n")
    assert await protocol.plainly(OK, PATIENT) is None


async def test_an_answer_that_is_late_is_still_the_next_one(connected: Connected) -> None:
    protocol, _, server = connected

    with pytest.raises(TimeoutError):
        await protocol.answer(0.05)

    assert protocol.is_open
    server.write(b"250 ok\r\n")
    assert await protocol.answer(PATIENT) == [b"250 ok\r"]


async def test_the_last_words_of_a_server_that_hung_up_are_heard(connected: Connected) -> None:
    protocol, _, server = connected
    server.write(b"421 bye\r\n")
    server.close()
    await protocol.ended

    assert await protocol.answer(PATIENT) == [b"421 bye\r"]
    with pytest.raises(EOFError):
        await protocol.answer(PATIENT)


async def test_nothing_is_written_to_a_connection_that_is_gone(connected: Connected) -> None:
    protocol, _, server = connected
    server.close()
    await protocol.ended

    assert not protocol.is_open
    with pytest.raises(EOFError):
        protocol.write(b"NOOP\r\n")
    with pytest.raises(EOFError):
        await protocol.drained(PATIENT)


async def test_a_wait_ends_when_the_connection_is_cut(connected: Connected) -> None:
    protocol, _, _ = connected
    waiting = asyncio.create_task(protocol.answer(PATIENT))
    asyncio.get_running_loop().call_soon(protocol.cut)

    with pytest.raises(EOFError):
        await waiting


async def test_closing_lets_everything_written_leave(connected: Connected) -> None:
    protocol, reader, _ = connected
    protocol.write(MUCH)
    protocol.close()

    assert not protocol.is_open
    assert len(await reader.read(-1)) == len(MUCH)


async def test_only_what_was_expected_is_consumed(connected: Connected) -> None:
    protocol, _, _ = connected
    receive(protocol, b"250 ok\r\n354 go\r\n")

    assert protocol.consume(OK) == b"250 ok\r\n"
    assert protocol.consume(OK) is None
    assert await protocol.answer(PATIENT) == [b"354 go\r"]


async def test_another_answer_than_the_expected_one_is_left_to_be_judged(
    connected: Connected,
) -> None:
    protocol, _, _ = connected
    waiting = asyncio.create_task(protocol.plainly(OK, PATIENT))
    receive(protocol, b"250-but")
    receive(protocol, b"\r\n250 different\r\n")

    assert await waiting is None
    assert await protocol.answer(PATIENT) == [b"250-but\r", b"250 different\r"]


async def test_what_was_written_has_left_when_the_server_has_read_it(
    connected: Connected,
) -> None:
    protocol, reader, _ = connected
    protocol.write(MUCH)
    assert protocol.is_full

    drained = asyncio.create_task(protocol.drained(PATIENT))
    assert len(await reader.readexactly(len(MUCH))) == len(MUCH)

    assert await drained
    assert not protocol.is_full


async def test_an_answer_in_the_middle_of_a_message_ends_the_wait(connected: Connected) -> None:
    protocol, _, server = connected
    protocol.write(MUCH)
    server.write(b"552 too much\r\n")

    assert not await protocol.drained(PATIENT)
    assert await protocol.answer(PATIENT) == [b"552 too much\r"]


async def test_a_server_that_reads_nothing_is_waited_for_no_longer_than_asked(
    connected: Connected,
) -> None:
    protocol, _, _ = connected
    protocol.write(MUCH)

    with pytest.raises(TimeoutError):
        await protocol.drained(0.05)


async def test_a_race_ends_at_the_first_answer_that_is_left(connected: Connected) -> None:
    protocol, _, server = connected
    taken: list[bytes] = []
    has_taken = asyncio.Event()

    def go_on() -> bool:
        found = protocol.consume(OK)
        if found is None:
            return False
        taken.append(found)
        has_taken.set()
        return True

    racing = asyncio.create_task(protocol.race(go_on, PATIENT))
    for _ in range(2):
        has_taken.clear()
        server.write(b"250 ok\r\n")
        await has_taken.wait()
    server.write(b"450 later\r\n")
    await racing

    assert taken == [b"250 ok\r\n"] * 2
    assert await protocol.answer(PATIENT) == [b"450 later\r"]


async def test_a_mistake_of_ours_in_a_race_is_raised_where_it_is_awaited(
    connected: Connected,
) -> None:
    protocol, _, server = connected

    calls = iter(range(2))

    def go_on() -> bool:
        # Only the call that the event loop makes goes wrong.
        return 1 / next(calls) > 0

    asyncio.get_running_loop().call_soon(server.write, b"250 ok\r\n")

    with pytest.raises(ZeroDivisionError):
        await protocol.race(go_on, PATIENT)
