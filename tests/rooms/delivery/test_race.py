"""One message goes out behind the other without anybody being woken.

The quick way and the slow one come to the same, whatever the relay says and however its answers
are cut into pieces.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from service.delivery.smtp.connection import SmtpConnection
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    MessageUncertain,
    TransactionResult,
)
from service.replies.classification import SmtpStage
from service.replies.classify import classify_refusal
from tests.rooms.delivery.row import Row

TLS = Path(__file__).parents[2] / "data" / "tls"
PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)
OK = b"250 2.0.0 Ok\r\n"
SILENT = b""
# What a relay may say to the dot of a mail, and to the recipient of one.
TO_DOT = (
    OK,
    b"250-Ok\r\n250 queued\r\n",
    b"451 4.3.0 Later\r\n",
    b"554 5.7.1 No\r\n",
    b"nonsense\r\n",
)
TO_RCPT = (OK, b"450 4.2.1 Busy\r\n", b"550 5.1.1 Unknown\r\n")
# To its sender, and to DATA after a recipient that was taken.
TO_MAIL = (OK, OK, OK, b"550 5.4.5 Daily user sending limit exceeded\r\n", b"502 5.5.2 What?\r\n")
TO_DATA = (b"354 Go ahead\r\n", b"354 Go ahead\r\n", b"554 No valid recipients\r\n")


@dataclass
class Script(asyncio.Protocol):
    """A relay that says what it is told to about each mail, all that it has to say in one write.

    `pieces` cuts what it says, again and again.
    """

    to_dots: Sequence[bytes] = ()
    to_rcpts: Sequence[bytes] = ()
    to_mails: Sequence[bytes] = ()
    to_datas: Sequence[bytes] = ()
    pieces: Sequence[int] = ()
    bodies: list[bytes] = field(default_factory=list)
    heard: bytes = b""
    mails: int = 0
    recipients: int = 0
    in_body: bool = False
    transport: asyncio.Transport | None = None
    is_gone: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone.set()

    @override
    def data_received(self, data: bytes) -> None:
        self.heard += data
        said = b""
        while (answer := self._next()) is not None:
            said += answer
        asyncio.ensure_future(self._say(said))  # noqa: RUF006  It ends with the connection.

    def _next(self) -> bytes | None:
        end = b"\r\n.\r\n" if self.in_body else b"\r\n"
        before, found, after = self.heard.partition(end)
        if not found or _told(self.to_dots, self.mails - 1) == SILENT:
            return None
        self.heard = after
        if self.in_body:
            self.in_body = False
            self.bodies.append(before)
            self.mails += 1
            return _told(self.to_dots, self.mails - 1)
        return self._answer(before)

    def _answer(self, command: bytes) -> bytes:
        if command.startswith(b"MAIL"):
            self._number = int(re.findall(rb"b-(\d+)", command)[0])
            answer = _told(self.to_mails, self._number)
        elif command.startswith(b"RCPT"):
            self.recipients += 1
            answer = _told(self.to_rcpts, self._number)
            if self._is_refused:
                return b"503 5.5.1 No sender\r\n"
        elif command.startswith(b"DATA"):
            answer = _told(self.to_datas, self._number, b"354 Go ahead\r\n")
            self.in_body = not self._is_refused and answer.startswith(b"3")
            return b"503 5.5.1 No recipients\r\n" if self._is_refused else answer
        else:
            return OK
        self._is_refused = not answer.startswith(b"2")
        return answer

    async def _say(self, said: bytes) -> None:
        assert self.transport is not None
        for size in self.pieces:
            if not said:
                return
            self.transport.write(said[:size])
            said = said[size:]
            await asyncio.sleep(0)
        self.transport.write(said)

    _is_refused: bool = False
    _number: int = 0


def _told(script: Sequence[bytes], number: int, else_: bytes = OK) -> bytes:
    return script[number] if 0 <= number < len(script) else else_


def _contexts(*, tls: bool) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """Return those of the relay and of its client."""
    if not tls:
        return None, None
    relays, clients = (
        ssl.SSLContext(role) for role in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    relays.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    # The certificate is nobody's.
    clients.check_hostname, clients.verify_mode = False, ssl.CERT_NONE
    return relays, clients


@asynccontextmanager
async def a_line(
    script: Script,
    *,
    timeouts: SmtpTimeouts = PATIENT,
    limit: int = 1000,
    tls: bool = False,
    pipelines: bool = True,
) -> AsyncIterator[SmtpConnection]:
    loop = asyncio.get_running_loop()
    relays, clients = _contexts(tls=tls)
    server = await loop.create_server(lambda: script, "127.0.0.1", 0, ssl=relays)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port, ssl=clients)
    offers = {"pipelining", "size"} if pipelines else {"size"}
    line = SmtpConnection(transport, extensions=offers, timeouts=timeouts, limit=limit)
    try:
        yield line
    finally:
        await line.close()
        server.close()
        await server.wait_closed()
        # A loop that ends before the relay has seen the end of the line would leave it open.
        assert script.transport is not None
        script.transport.abort()
        await script.is_gone.wait()


def messages(count: int, *, size: int = 100) -> list[OutgoingMessage]:
    return [
        OutgoingMessage(
            sender=f"b-{number}@bounces.crieur.test",
            recipient=f"r{number}@example.org",
            segments=(b"Subject: %d\r\n\r\n" % number + b"y" * 70 + b"\r\n",) * (size // 100),
            ready=True,
        )
        for number in range(count)
    ]


async def go(
    script: Script,
    sealed: Sequence[OutgoingMessage],
    *,
    races: bool,
    timeouts: SmtpTimeouts = PATIENT,
    pipelines: bool = True,
) -> tuple[list[TransactionResult], bool, Row]:
    row = Row(*sealed, races=races)
    async with a_line(script, timeouts=timeouts, pipelines=pipelines) as line:
        await row.go_over(line)
        return row.results, line.usable, row


@pytest.mark.parametrize("tls", [False, True])
async def test_messages_go_out_one_behind_the_other_in_one_call(tls: bool) -> None:
    script = Script()
    sealed = messages(50, size=40_000)
    row = Row(*sealed)

    async with a_line(script, tls=tls) as line:
        await row.go_over(line)

    assert row.results == [MessageAccepted(reply="250 2.0.0 Ok")] * 50
    assert script.bodies == [each.body.removesuffix(b"\r\n") for each in sealed]
    assert row.raced > 40
    assert row.calls + row.raced == 50


@settings(max_examples=150, deadline=None)
@given(
    to_dots=st.lists(st.sampled_from(TO_DOT), max_size=5),
    to_rcpts=st.lists(st.sampled_from(TO_RCPT), max_size=5),
    to_mails=st.lists(st.sampled_from(TO_MAIL), max_size=5),
    to_datas=st.lists(st.sampled_from(TO_DATA), max_size=5),
    pieces=st.lists(st.integers(1, 60), max_size=30),
)
def test_racing_changes_nothing_but_the_speed(
    to_dots: list[bytes],
    to_rcpts: list[bytes],
    to_mails: list[bytes],
    to_datas: list[bytes],
    pieces: list[int],
) -> None:
    """Nor does sending every command alone: result, stage and whose fault it is are the same."""
    found = []
    for races, pipelines in ((True, True), (False, True), (False, False)):
        script = Script(
            to_dots=to_dots,
            to_rcpts=to_rcpts,
            to_mails=to_mails,
            to_datas=to_datas,
            pieces=pieces,
        )
        results, usable, _ = asyncio.run(go(script, messages(5), races=races, pipelines=pipelines))
        found.append((results, usable, script.bodies))

    assert found[0] == found[1]
    # What was begun behind a mail that was not taken ends a line; without that it may go on.
    assert found[2][0][: len(found[0][0])] == found[0][0]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            b"451 4.3.0 Later\r\n",
            MessageDeferred(reason="4.3.0", reply="451 4.3.0 Later", stage=SmtpStage.DOT),
        ),
        (
            b"554 5.7.1 No\r\n",
            MessageRefused(
                reason="5.7.1",
                reply="554 5.7.1 No",
                stage=SmtpStage.DOT,
                cause=classify_refusal("554 5.7.1 No", stage=SmtpStage.DOT),
            ),
        ),
        (b"nonsense\r\n", MessageUncertain(reason="no_smtp_reply", stage=SmtpStage.DOT)),
        (SILENT, MessageUncertain(reason="timed_out_after_dot")),
    ],
)
async def test_an_answer_in_the_middle_is_about_the_message_that_was_under_way(
    answer: bytes, expected: TransactionResult
) -> None:
    script = Script(to_dots=[OK, OK, answer])

    # On a busy machine the answers to the first two may come late, too.
    timeouts = replace(PATIENT, dot=1) if answer == SILENT else PATIENT
    results, usable, row = await go(script, messages(5), races=True, timeouts=timeouts)

    assert results == [MessageAccepted(reply="250 2.0.0 Ok")] * 2 + [expected]
    assert not usable
    assert len(row.waiting) == 2


async def test_a_relay_that_reads_slowly_gets_long_messages_whole() -> None:
    script = Script()
    sealed = messages(12, size=200_000)
    row = Row(*sealed)

    async with a_line(script) as line:
        sending = asyncio.create_task(row.go_over(line))
        while not sending.done():
            if script.transport is not None:
                script.transport.pause_reading()
                for _ in range(20):
                    await asyncio.sleep(0)
                script.transport.resume_reading()
            await asyncio.sleep(0.001)
        await sending

    assert [type(result) for result in row.results] == [MessageAccepted] * 12
    assert script.bodies == [each.body.removesuffix(b"\r\n") for each in sealed]


async def test_no_more_messages_are_begun_than_a_connection_should_carry() -> None:
    script = Script()
    row = Row(*messages(5))

    async with a_line(script, limit=3) as line:
        row.results.append(await line.send_message(row.waiting.pop(0), pipeline=row))

        assert line.is_spent
        assert line.usable
    assert len(row.results) == 3
    assert script.recipients == 3


async def test_a_message_that_may_not_leave_any_more_stays_where_its_commands_are() -> None:
    """There was a reason to stop: a pause, a lease that ran out, books that are behind."""

    class Stopping(Row):
        @override
        def may_advance(self) -> bool:
            return self.raced < 2

    script = Script()
    row = Stopping(*messages(5))
    async with a_line(script) as line:
        row.results.append(await line.send_message(row.waiting.pop(0), pipeline=row))

    assert [type(result) for result in row.results] == [MessageAccepted] * 3
    assert len(script.bodies) == 3


async def test_others_are_prepared_for_when_a_message_has_left_and_not_before() -> None:
    """Between the last look for a reason to stop and the write, nothing takes long."""

    class Watched(Row):
        steps = ""

        @override
        def begin(self) -> OutgoingMessage | None:
            self.steps += "b"
            return super().begin()

        @override
        def may_advance(self) -> bool:
            self.steps += "?"
            return super().may_advance()

        @override
        def prefetch(self) -> None:
            self.steps += "p"

    script = Script()
    row = Watched(*messages(3))
    async with a_line(script) as line:
        row.results.append(await line.send_message(row.waiting.pop(0), pipeline=row))

    assert [type(result) for result in row.results] == [MessageAccepted] * 3
    assert re.fullmatch(r"bp(\?+bp){2}", row.steps), row.steps


async def test_an_error_of_who_goes_on_reaches_who_waits() -> None:
    class Broken(Row):
        @override
        def advance(self, taken: bytes) -> None:
            raise ZeroDivisionError

    row = Broken(*messages(3))
    async with a_line(Script()) as line:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        with pytest.raises(ZeroDivisionError):
            await line.send_message(row.waiting.pop(0), pipeline=row)

    assert not line.usable
