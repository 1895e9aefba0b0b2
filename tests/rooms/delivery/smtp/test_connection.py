"""One connection to a relay with moods: every mood has its result, and a usable line or none."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from service import metrics
from service.delivery.smtp.connection import SmtpConnection
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import UNSENDABLE, OutgoingMessage
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    MessageUncertain,
    TransactionResult,
    local_cause,
)
from service.replies.classification import Fault, SmtpStage
from tests.fakes.relay import Mood
from tests.fakes.relay import Relay as FakeRelay
from tests.rooms.delivery.row import Row

PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)
# Short only where the relay hangs: a busy machine may be late with any answer.
HASTY = {
    Mood.HANG: replace(PATIENT, command=0.3),
    Mood.HANG_DOT: replace(PATIENT, dot=0.3),
}
BODY = b"Subject: x\r\n\r\nBonjour\r\n"


def message(recipient: str = "awa@example.org", body: bytes = BODY) -> OutgoingMessage:
    return OutgoingMessage(
        sender="b-abc@bounces.crieur.test", recipient=recipient, segments=(body,)
    )


async def connect(relay: FakeRelay, timeouts: SmtpTimeouts = PATIENT) -> SmtpConnection:
    line = await Relay.parse(relay.url).connect(timeouts)
    assert isinstance(line, SmtpConnection)
    return line


async def offer(
    relay: FakeRelay, *messages: OutgoingMessage, timeouts: SmtpTimeouts = PATIENT
) -> tuple[list[TransactionResult], bool]:
    line = await connect(relay, timeouts)
    try:
        return [await line.send_message(each) for each in messages], line.usable
    finally:
        await line.close()


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    with FakeRelay() as running:
        yield running


async def test_an_accepted_mail_is_on_the_other_side_byte_for_byte(relay: FakeRelay) -> None:
    body = b"Subject: x\r\n\r\n.one dot\r\n..two\r\n.\r\nend.\r\n"

    results, usable = await offer(relay, message(body=body))

    assert results == [MessageAccepted(reply="250 2.0.0 queued as 12345")]
    assert usable
    assert relay.accepted[0].raw == body
    assert relay.accepted[0].recipient == "awa@example.org"


async def test_many_mails_go_over_one_connection(relay: FakeRelay) -> None:
    results, _ = await offer(relay, *(message(f"r{n}@example.org") for n in range(20)))

    assert all(isinstance(result, MessageAccepted) for result in results)
    assert relay.connections == 1
    assert len(relay.accepted) == 20
    assert "RSET" not in relay.commands


@pytest.mark.parametrize(
    ("mood", "expected", "usable"),
    [
        (Mood.SLOW, MessageAccepted, True),
        (Mood.DEFER, MessageDeferred, True),
        (Mood.DEFER_DOT, MessageDeferred, True),
        (Mood.CLOSING, MessageDeferred, False),
        (Mood.REFUSE, MessageRefused, True),
        (Mood.REFUSE_DOT, MessageRefused, True),
        (Mood.EARLY, MessageRefused, False),
        (Mood.GARBAGE, MessageDeferred, False),
        (Mood.GARBAGE_DOT, MessageUncertain, False),
        (Mood.ENDLESS, MessageDeferred, False),
        (Mood.HANG, MessageDeferred, False),
        (Mood.HANG_DOT, MessageUncertain, False),
        (Mood.DROP, MessageDeferred, False),
        (Mood.DROP_AFTER_DOT, MessageUncertain, False),
    ],
)
async def test_each_mood_has_its_result(
    mood: Mood, expected: type[TransactionResult], usable: bool
) -> None:
    body = BODY + b"x" * 60 + b"\r\n"
    with FakeRelay(lambda _recipient, _attempt: mood) as relay:
        # A body beyond the sockets' buffers: only then is there a middle of the message.
        big = body + (b"y" * 76 + b"\r\n") * (600_000 if mood is Mood.EARLY else 1)
        timeouts = HASTY.get(mood, PATIENT)
        results, line_usable = await offer(relay, message(body=big), timeouts=timeouts)

    assert [type(result) for result in results] == [expected]
    assert line_usable is usable


async def test_a_connection_lost_in_the_middle_of_the_message_is_only_deferred() -> None:
    body = BODY + (b"y" * 76 + b"\r\n") * 200_000
    with FakeRelay(lambda _recipient, _attempt: Mood.DROP_BEFORE_DOT) as relay:
        results, usable = await offer(relay, message(body=body))

    assert results == [MessageDeferred(reason="connection_lost")]
    assert not usable


async def test_after_a_refusal_the_next_mail_starts_clean_on_the_same_connection() -> None:
    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.REFUSE if recipient.startswith("gone") else Mood.ACCEPT

    with FakeRelay(moods) as relay:
        results, _ = await offer(relay, message("gone@example.org"), message("awa@example.org"))

    assert [type(result) for result in results] == [MessageRefused, MessageAccepted]
    assert relay.connections == 1
    assert relay.commands.count("RSET") == 1


async def test_a_stored_refusal_says_why_but_not_whom() -> None:
    with FakeRelay(lambda _recipient, _attempt: Mood.REFUSE) as relay:
        results, _ = await offer(relay, message("awa@example.org"))

    (refused,) = results
    assert isinstance(refused, MessageRefused)
    assert (refused.reason, refused.stage) == ("5.1.1", SmtpStage.RCPT)
    assert refused.reply == "550 5.1.1 <<address>>: no such mailbox"
    assert refused.cause is not None
    assert (refused.cause.fault, refused.cause.hard) == (Fault.READER, True)


@pytest.mark.parametrize(
    "recipient",
    ["a@b.org>\r\nRCPT TO:<c@d.org", "a b@example.org", "a@b.org>", "", "nobody", "a\x00@b.org"],
)
async def test_an_address_that_could_be_a_command_never_reaches_the_wire(
    relay: FakeRelay, recipient: str
) -> None:
    results, usable = await offer(relay, message(recipient))

    assert results == [UNSENDABLE]
    assert usable
    assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.parametrize(
    "body",
    [
        b"Subject: x\r\n\r\nbare\nline feed\r\n",
        b"Subject: x\r\n\r\nbare\rreturn\r\n",
        b"Subject: x\r\n\r\n" + b"z" * 999 + b"\r\n",
        b"Subject: x\r\n\r\nno end",
        b"Subject: x\r\n\r\n\x00\r\n",
    ],
)
async def test_a_malformed_message_never_reaches_the_wire(relay: FakeRelay, body: bytes) -> None:
    results, usable = await offer(relay, message(body=body))

    assert results == [
        MessageRefused(reason="malformed", cause=local_cause("malformed", Fault.SENDER))
    ]
    assert usable
    assert not relay.accepted


async def test_what_the_relay_does_not_offer_is_refused_with_the_reason() -> None:
    with FakeRelay(offers=("PIPELINING",)) as relay:
        results, _ = await offer(
            relay, message("émile@example.org"), message(body="é\r\n".encode())
        )

    assert results == [
        MessageRefused(
            reason="smtputf8",
            cause=local_cause("smtputf8", Fault.RELAY),
        ),
        MessageRefused(
            reason="eightbit",
            cause=local_cause("eightbit", Fault.RELAY),
        ),
    ]


async def test_eight_bits_and_the_size_are_announced_where_offered(relay: FakeRelay) -> None:
    await offer(relay, message(body="é\r\n".encode()))

    (mail,) = [command for command in relay.commands if command.startswith("MAIL")]
    assert mail.endswith("SIZE=4 BODY=8BITMIME")


async def test_a_relay_that_stops_reading_is_left_before_the_dot() -> None:
    deaf: list[asyncio.Transport] = []

    class Deaf(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            deaf.append(transport)
            self.transport = transport
            transport.write(b"220 x\r\n")

        def data_received(self, data: bytes) -> None:
            if data.startswith(b"DATA"):
                self.transport.write(b"354 go\r\n")
                self.transport.pause_reading()
            else:
                self.transport.write(b"250 ok\r\n")

    server = await asyncio.get_running_loop().create_server(Deaf, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hasty = replace(PATIENT, block=0.3)
    line = await Relay.parse(f"smtp://127.0.0.1:{port}?starttls=never").connect(hasty)
    assert isinstance(line, SmtpConnection)

    result = await line.send_message(message(body=BODY + (b"y" * 76 + b"\r\n") * 200_000))

    assert result == MessageDeferred(reason="timed_out")
    await line.close()
    deaf[0].abort()
    server.close()
    await server.wait_closed()


async def offer_in_a_row(
    relay: FakeRelay, *messages: OutgoingMessage, races: bool = True
) -> tuple[list[TransactionResult], SmtpConnection]:
    """Offer messages, each announcing the next one while its own dot is written."""
    line = await connect(relay)
    row = Row(*messages, races=races)
    await row.go_over(line)
    return row.results, line


@pytest.mark.parametrize("races", [True, False])
async def test_the_next_messages_commands_leave_behind_the_last_ones_dot(
    relay: FakeRelay, races: bool
) -> None:
    messages = [message(f"r{n}@example.org") for n in range(4)]

    results, line = await offer_in_a_row(relay, *messages, races=races)
    await line.close()

    assert results == [MessageAccepted(reply="250 2.0.0 queued as 12345")] * 4
    assert [kept.recipient for kept in relay.accepted] == [each.recipient for each in messages]
    assert relay.connections == 1
    assert "RSET" not in relay.commands
    assert relay.commands[-1] == "QUIT"


@pytest.mark.parametrize("races", [True, False])
async def test_the_time_of_every_answered_transaction_is_recorded(races: bool) -> None:
    recorded = CollectorRegistry()
    metrics.SMTP_TRANSACTION_SECONDS.attach(recorded)
    began = monotonic()
    with FakeRelay(lambda to, _: Mood.REFUSE if to.startswith("r2") else Mood.ACCEPT) as relay:
        messages = [message(f"r{n}@example.org") for n in range(5)]

        _, line = await offer_in_a_row(relay, *messages, races=races)
        await line.close()

        label = {"relay": Relay.parse(relay.url).name}
    name = "crieur_smtp_transaction_seconds"
    offered = recorded.get_sample_value(f"{name}_count", label)
    seconds = recorded.get_sample_value(f"{name}_sum", label)
    assert offered == line.offered
    assert seconds is not None
    assert 0 < seconds < 2 * (monotonic() - began)


async def test_the_time_of_a_transaction_that_is_left_open_is_not_recorded(
    relay: FakeRelay,
) -> None:
    recorded = CollectorRegistry()
    metrics.SMTP_TRANSACTION_SECONDS.attach(recorded)

    line = await connect(relay)
    await line.send_message(message())
    await line.send_message(message(), until=0)
    await line.close()

    label = {"relay": Relay.parse(relay.url).name}
    assert recorded.get_sample_value("crieur_smtp_transaction_seconds_count", label) == 1


async def test_without_pipelining_every_command_waits_for_its_answer() -> None:
    with FakeRelay(offers=("SIZE 10485760",)) as relay:
        results, line = await offer_in_a_row(
            relay, *[message(f"r{n}@example.org") for n in range(3)]
        )
        await line.close()

    assert [type(result) for result in results] == [MessageAccepted] * 3
    assert relay.connections == 1


async def test_a_refused_recipient_among_pipelined_ones_costs_only_their_own_mail() -> None:
    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.REFUSE if recipient.startswith("r1") else Mood.ACCEPT

    for data_to_nobody in (False, True):
        with FakeRelay(moods, data_to_nobody=data_to_nobody) as relay:
            results, line = await offer_in_a_row(
                relay, *[message(f"r{n}@example.org") for n in range(4)]
            )
            await line.close()

        assert [type(result) for result in results] == [
            MessageAccepted,
            MessageRefused,
            MessageAccepted,
            MessageAccepted,
        ]
        assert [kept.recipient[:2] for kept in relay.accepted] == ["r0", "r2", "r3"]
        assert relay.connections == 1
        assert relay.commands.count("RSET") == 1


async def test_what_was_begun_behind_a_mail_that_was_not_taken_is_offered_elsewhere() -> None:
    """Its answers might be meant for the one before, which may not be taken for a refusal."""
    with FakeRelay(
        lambda recipient, _: Mood.REFUSE_DOT if recipient.startswith("r0") else Mood.ACCEPT
    ) as relay:
        results, line = await offer_in_a_row(relay, message("r0@example.org"), message())
        await line.close()

    assert [type(result) for result in results] == [MessageRefused]
    assert not line.usable
    assert not relay.accepted


async def test_a_message_that_this_relay_cannot_take_is_not_begun_behind_another(
    relay: FakeRelay,
) -> None:
    results, line = await offer_in_a_row(relay, message(), message("élodie@example.org"), message())
    await line.close()

    assert [type(result) for result in results] == [
        MessageAccepted,
        MessageRefused,
        MessageAccepted,
    ]
    assert relay.connections == 1


async def test_no_dot_is_written_when_the_lease_has_run_out(relay: FakeRelay) -> None:
    line = await connect(relay)
    result = await line.send_message(message(), until=0)
    await line.close()

    assert result == MessageDeferred(reason="lease_expired")
    assert not line.usable
    assert not relay.accepted


async def test_an_answer_that_nobody_asked_for_makes_the_line_stale() -> None:
    """A duplicated answer would else be taken for the one to the next message's sender."""
    greeting, twice = b"220 x\r\n", b"250 2.0.0 queued\r\n" * 2
    answers = [b"250-x\r\n250 PIPELINING\r\n", b"250 ok\r\n250 ok\r\n354 go\r\n", twice]
    offered = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        for ends, answer in zip((b"\r\n", b"DATA\r\n", b"\r\n.\r\n"), answers, strict=True):
            offered.append(await reader.readuntil(ends))
            writer.write(answer)
        offered.append(await reader.read())
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?starttls=never"
    async with server:
        line = await Relay.parse(url).connect(PATIENT)
        assert isinstance(line, SmtpConnection)
        first = await line.send_message(message())
        second = await line.send_message(message("next@example.org"))
        await line.close()
        await ended.wait()

    assert isinstance(first, MessageAccepted)
    assert (type(second), line.was_stale, line.usable) == (MessageDeferred, True, False)
    assert b"next@example.org" not in b"".join(offered)


@given(
    st.lists(
        st.sampled_from(
            [b"250 ok", b"354 go", b"450 later", b"550 no", b"421 bye", b"\xff", b"250-"]
        ),
        max_size=8,
    ),
    st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_no_order_of_answers_makes_a_mail_accepted_that_was_not(
    answers: list[bytes], cut: int
) -> None:
    """Whatever comes in whatever pieces, 250 to the dot is the only way to `Accepted`."""
    result, had_dot = asyncio.run(_talk_to(answers, cut))

    if isinstance(result, MessageAccepted):
        assert had_dot
    if isinstance(result, MessageDeferred) and result.reason != "lease_expired":
        assert not had_dot or result.reply


async def _talk_to(answers: list[bytes], cut: int) -> tuple[TransactionResult, bool]:
    heard = bytearray()
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 PIPELINING\r\n")
        wire = b"".join(answer + b"\r\n" for answer in answers)
        heard.extend(await reader.readuntil(b"DATA\r\n"))
        for start in range(0, len(wire), cut):
            writer.write(wire[start : start + cut])
            await asyncio.sleep(0)
        hearing = asyncio.create_task(_hear(reader, heard))
        await asyncio.wait([hearing], timeout=0.1)
        # Whoever waits for more is to know that nothing comes. Everything is heard all the same:
        # what a busy machine says late was said, and an answer to it may have been believed.
        with contextlib.suppress(OSError):
            writer.write_eof()
        await hearing
        writer.transport.abort()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?starttls=never"
    async with server:
        line = await Relay.parse(url).connect(PATIENT)
        assert isinstance(line, SmtpConnection)
        result = await line.send_message(message())
        line.cut()
        await line.close()
        await gone.wait()
    return result, b"\r\n.\r\n" in heard


async def _hear(reader: asyncio.StreamReader, heard: bytearray) -> None:
    """Take what is said until the end, also when that is a reset."""
    with contextlib.suppress(ConnectionError):
        while said := await reader.read(65_536):
            heard.extend(said)
