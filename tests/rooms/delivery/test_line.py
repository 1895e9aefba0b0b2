"""One connection to a relay with moods: every mood has its result, and a usable line or none."""

import asyncio
from collections.abc import Iterator

import pytest

from service.delivery.line import Line, Timeouts
from service.delivery.reply import Accepted, Deferred, Refused, Result, Uncertain
from service.delivery.sealed import Sealed
from service.delivery.smtp import Relay
from tests.fakes.relay import Mood
from tests.fakes.relay import Relay as FakeRelay

SHORT = Timeouts(connect=5, command=0.3, data=0.3, block=0.3, dot=0.3)
BODY = b"Subject: x\r\n\r\nBonjour\r\n"


def letter(recipient: str = "awa@example.org", body: bytes = BODY) -> Sealed:
    return Sealed(sender="b-abc@bounces.crieur.test", recipient=recipient, body=body)


async def connect(relay: FakeRelay, timeouts: Timeouts = SHORT) -> Line:
    line = await Relay.parse(relay.url).connect(timeouts)
    assert isinstance(line, Line)
    return line


async def offer(relay: FakeRelay, *letters: Sealed) -> tuple[list[Result], bool]:
    line = await connect(relay)
    try:
        return [await line.hand_over(each) for each in letters], line.usable
    finally:
        await line.close()


@pytest.fixture
def relay() -> Iterator[FakeRelay]:
    with FakeRelay() as running:
        yield running


async def test_an_accepted_mail_is_on_the_other_side_byte_for_byte(relay: FakeRelay) -> None:
    body = b"Subject: x\r\n\r\n.one dot\r\n..two\r\n.\r\nend.\r\n"

    results, usable = await offer(relay, letter(body=body))

    assert results == [Accepted(reply="250 2.0.0 queued as 12345")]
    assert usable
    assert relay.accepted[0].raw == body
    assert relay.accepted[0].recipient == "awa@example.org"


async def test_many_mails_go_over_one_connection(relay: FakeRelay) -> None:
    results, _ = await offer(relay, *(letter(f"r{n}@example.org") for n in range(20)))

    assert all(isinstance(result, Accepted) for result in results)
    assert relay.connections == 1
    assert len(relay.accepted) == 20
    assert "RSET" not in relay.commands


@pytest.mark.parametrize(
    ("mood", "expected", "usable"),
    [
        (Mood.SLOW, Accepted, True),
        (Mood.DEFER, Deferred, True),
        (Mood.DEFER_DOT, Deferred, True),
        (Mood.CLOSING, Deferred, False),
        (Mood.REFUSE, Refused, True),
        (Mood.REFUSE_DOT, Refused, True),
        (Mood.EARLY, Refused, False),
        (Mood.GARBAGE, Deferred, False),
        (Mood.GARBAGE_DOT, Uncertain, False),
        (Mood.ENDLESS, Deferred, False),
        (Mood.HANG, Deferred, False),
        (Mood.HANG_DOT, Uncertain, False),
        (Mood.DROP, Deferred, False),
        (Mood.DROP_AFTER_DOT, Uncertain, False),
    ],
)
async def test_each_mood_has_its_result(mood: Mood, expected: type[Result], usable: bool) -> None:
    body = BODY + b"x" * 60 + b"\r\n"
    with FakeRelay(lambda _recipient, _attempt: mood) as relay:
        # A body beyond the sockets' buffers: only then is there a middle of the message.
        big = body + (b"y" * 76 + b"\r\n") * (100_000 if mood is Mood.EARLY else 1)
        results, line_usable = await offer(relay, letter(body=big))

    assert [type(result) for result in results] == [expected]
    assert line_usable is usable


async def test_a_connection_lost_in_the_middle_of_the_message_is_only_deferred() -> None:
    body = BODY + (b"y" * 76 + b"\r\n") * 200_000
    with FakeRelay(lambda _recipient, _attempt: Mood.DROP_BEFORE_DOT) as relay:
        results, usable = await offer(relay, letter(body=body))

    assert results == [Deferred(reason="connection lost")]
    assert not usable


async def test_after_a_refusal_the_next_mail_starts_clean_on_the_same_connection() -> None:
    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.REFUSE if recipient.startswith("gone") else Mood.ACCEPT

    with FakeRelay(moods) as relay:
        results, _ = await offer(relay, letter("gone@example.org"), letter("awa@example.org"))

    assert [type(result) for result in results] == [Refused, Accepted]
    assert relay.connections == 1
    assert relay.commands.count("RSET") == 1


async def test_a_stored_refusal_says_why_but_not_whom() -> None:
    with FakeRelay(lambda _recipient, _attempt: Mood.REFUSE) as relay:
        results, _ = await offer(relay, letter("awa@example.org"))

    assert results == [Refused(reason="5.1.1", reply="550 5.1.1 <<address>>: no such mailbox")]


@pytest.mark.parametrize(
    "recipient",
    ["a@b.org>\r\nRCPT TO:<c@d.org", "a b@example.org", "a@b.org>", "", "nobody", "a\x00@b.org"],
)
async def test_an_address_that_could_be_a_command_never_reaches_the_wire(
    relay: FakeRelay, recipient: str
) -> None:
    results, usable = await offer(relay, letter(recipient))

    assert results == [Refused(reason="unsendable address")]
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
    results, usable = await offer(relay, letter(body=body))

    assert results == [Refused(reason="malformed message")]
    assert usable
    assert not relay.accepted


async def test_what_the_relay_does_not_offer_is_refused_with_the_reason() -> None:
    with FakeRelay(offers=("PIPELINING",)) as relay:
        results, _ = await offer(relay, letter("émile@example.org"), letter(body="é\r\n".encode()))

    assert results == [
        Refused(reason="the relay does not take SMTPUTF8 addresses"),
        Refused(reason="the relay does not take 8-bit messages"),
    ]


async def test_eight_bits_and_the_size_are_announced_where_offered(relay: FakeRelay) -> None:
    await offer(relay, letter(body="é\r\n".encode()))

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
    line = await Relay.parse(f"smtp://127.0.0.1:{port}?starttls=never").connect(SHORT)
    assert isinstance(line, Line)

    result = await line.hand_over(letter(body=BODY + (b"y" * 76 + b"\r\n") * 200_000))

    assert result == Deferred(reason="timed out")
    await line.close()
    deaf[0].abort()
    server.close()
    await server.wait_closed()
