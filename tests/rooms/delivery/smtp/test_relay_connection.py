"""One connection after the other: which relay it is to, when it is renewed, what is told."""

from structlog.testing import capture_logs

from service.delivery.smtp.connection import ProviderLimit
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import Relay, RelayUnreachable
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.relay_pool import FAILURES_BEFORE_DOWN, FIRST_DOWNTIME, RelayPool
from service.delivery.smtp.replies import MessageAccepted, MessageDeferred
from service.delivery.throttling.pacing import PacingRules
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Mood
from tests.fakes.relay import Relay as FakeRelay
from tests.rooms.delivery.row import Row

# All these relays answer or are not there; on a busy machine they may be late.
PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)


def message(recipient: str) -> OutgoingMessage:
    return OutgoingMessage(
        sender="b@bounces.test", recipient=recipient, segments=(b"Subject: x\r\n\r\nx\r\n",)
    )


def carry(url: str, *, provider_limit: ProviderLimit | None = None) -> RelayConnection:
    return RelayConnection(
        RelayPool([Relay.parse(url)]),
        sender_domain="crieur.test",
        timeouts=PATIENT,
        provider_limit=provider_limit,
    )


async def test_nobody_listening_is_unreachable_and_no_fault_of_the_message() -> None:
    with a_free_port() as nobody:
        result = await carry(f"smtp://127.0.0.1:{nobody}").send_message(message("a@example.org"))

    assert isinstance(result, RelayUnreachable)


async def test_a_relay_whose_part_the_others_take_is_named_in_the_log() -> None:
    with a_free_port() as nobody, FakeRelay() as good:
        gone = Relay.parse(f"smtp://127.0.0.1:{nobody}")
        relay_pool = RelayPool([gone, Relay.parse(good.url)])
        with capture_logs() as lines:
            for number in range(2 * FAILURES_BEFORE_DOWN):
                connection = RelayConnection(
                    relay_pool, sender_domain="crieur.test", timeouts=PATIENT
                )
                await connection.send_message(message(f"{number}@example.org"))
                await connection.close()

    told = [(line["event"], line["relay"], line["log_level"]) for line in lines]
    # At the first failure, and when it is given up for a while.
    assert told == [("relay.failed", gone.name, "warning")] * 2
    assert lines[0]["reason"] == "nothing listens at this address and port"
    assert len(good.accepted) == 2 * FAILURES_BEFORE_DOWN


async def test_a_sender_that_no_relay_is_for_is_not_told_that_all_are_down() -> None:
    with FakeRelay() as relay:
        result = await carry(f"{relay.url}&from=example.org").send_message(message("a@example.org"))

    assert isinstance(result, RelayUnreachable)
    assert "for other sender domains" in str(result.reason)


async def test_a_relay_that_is_back_is_told_once() -> None:
    seconds = 0.0
    with FakeRelay() as relay, capture_logs() as lines:
        back = Relay.parse(relay.url)
        relay_pool = RelayPool([back], clock=lambda: seconds)
        for _ in range(FAILURES_BEFORE_DOWN):
            relay_pool.record_connection(back, ok=False)
        seconds = FIRST_DOWNTIME
        for number in range(2):
            connection = RelayConnection(relay_pool, sender_domain="crieur.test", timeouts=PATIENT)
            await connection.send_message(message(f"{number}@example.org"))
            await connection.close()

    assert lines == [{"event": "relay.back", "relay": back.name, "log_level": "info"}]


async def test_a_connection_that_died_while_idle_costs_the_message_nothing() -> None:
    with FakeRelay(messages_per_connection=1) as relay:
        connection = carry(relay.url)
        results = [await connection.send_message(message(f"r{n}@example.org")) for n in range(3)]
        await connection.close()

    assert [type(result) for result in results] == [
        MessageAccepted,
        MessageAccepted,
        MessageAccepted,
    ]
    assert relay.connections == 3
    assert [relay.attempts[f"r{n}@example.org"] for n in range(3)] == [1, 1, 1]


async def test_a_connection_that_is_told_it_has_sent_enough_is_renewed() -> None:
    """OpenSMTPD says 452 to every MAIL behind the first some hundred, and never hangs up."""
    with FakeRelay(tired_after=2) as relay:
        connection = carry(relay.url)
        results = [await connection.send_message(message(f"r{n}@example.org")) for n in range(5)]
        row = Row(*[message(f"s{n}@example.org") for n in range(5)])
        while row.waiting:
            result = await connection.send_message(row.waiting.pop(0), pipeline=row)
            assert not isinstance(result, RelayUnreachable)
            row.results.append(result)
        await connection.close()

    assert [type(result) for result in results + row.results] == [MessageAccepted] * 10
    assert relay.connections == 5
    assert set(relay.attempts.values()) == {1}


def limits() -> PacingRules:
    return PacingRules.load(override="[receiver.google]\nper_connection = 2\n")


def to_providers() -> list[OutgoingMessage]:
    """Five readers of one provider with a limit, one of another domain in the middle."""
    google = [message(f"r{number}@gmail.com") for number in range(5)]
    return [*google[:1], message("other@example.org"), *google[1:]]


async def test_a_connection_carries_no_more_to_a_provider_than_the_pacing_file_allows() -> None:
    with FakeRelay() as relay:
        connection = carry(relay.url, provider_limit=limits().connection_limit)
        for each in to_providers():
            assert isinstance(await connection.send_message(each), MessageAccepted)
        await connection.close()

    assert relay.connections == 3
    assert len(relay.accepted) == 6


async def test_pipelined_messages_keep_to_a_providers_limit_on_a_connection() -> None:
    with FakeRelay() as relay:
        connection = carry(relay.url, provider_limit=limits().connection_limit)
        row = Row(*to_providers())
        while row.waiting:
            result = await connection.send_message(row.waiting.pop(0), pipeline=row)
            assert isinstance(result, MessageAccepted)
        await connection.close()

    assert relay.connections == 3
    assert set(relay.attempts.values()) == {1}
    assert len(relay.accepted) == 6


async def test_a_relay_that_takes_no_sender_is_not_called_again_for_each_message() -> None:
    with FakeRelay(tired_after=0) as relay:
        connection = carry(relay.url)
        results = [await connection.send_message(message(f"r{n}@example.org")) for n in range(5)]
        await connection.close()

    assert [type(result) for result in results] == [MessageDeferred] * 5
    assert relay.connections == 1


async def test_after_a_surprise_the_next_message_gets_a_new_connection() -> None:
    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.GARBAGE if recipient.startswith("bad") else Mood.ACCEPT

    with FakeRelay(moods) as relay:
        connection = carry(relay.url)
        bad = await connection.send_message(message("bad@example.org"))
        good = await connection.send_message(message("good@example.org"))
        await connection.close()

    assert (type(bad), type(good)) == (MessageDeferred, MessageAccepted)
    assert relay.connections == 2


async def test_a_connection_is_renewed_after_its_share_of_messages() -> None:
    with FakeRelay() as relay:
        connection = carry(f"{relay.url}&per_connection=2")
        for number in range(5):
            await connection.send_message(message(f"r{number}@example.org"))
        await connection.close()

    assert relay.connections == 3
    assert len(relay.accepted) == 5
