"""Which relay, how to reach it, and connections that last."""

import asyncio

import pytest
from structlog.testing import capture_logs

from service.delivery.smtp.connection import ProviderLimit
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import Relay, RelayUnreachable, Starttls
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.relay_pool import FAILURES_BEFORE_DOWN, FIRST_DOWNTIME, RelayPool
from service.delivery.smtp.replies import MessageAccepted, MessageDeferred
from service.delivery.throttling.pacing import PacingRules
from service.kit.errors import Misconfigured
from service.kit.translatable import translatable
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


def test_an_address_with_a_login_is_read_and_secured_without_being_asked() -> None:
    relay = Relay.parse("smtp://user%40x:p%3Aw@mail.example.org:587")

    assert (relay.host, relay.port) == ("mail.example.org", 587)
    assert (relay.username, relay.password) == ("user@x", "p:w")
    assert relay.starttls is Starttls.REQUIRED
    assert "p:w" not in repr(relay)


def test_defaults_are_port_25_with_starttls_if_offered_and_465_with_tls() -> None:
    plain, secure = Relay.parse("smtp://mail.example.org"), Relay.parse("smtps://mail.example.org")

    assert (plain.port, plain.tls, plain.starttls) == (25, False, Starttls.IF_OFFERED)
    assert (secure.port, secure.tls) == (465, True)


def test_options_say_what_part_a_relay_takes_and_for_whom() -> None:
    relay = Relay.parse(
        "smtp://mail.example.org?weight=3&connections=20&rate=3000&per_connection=50"
        "&from=Example.org,news.example.com&starttls=never"
    )

    assert (relay.weight, relay.connections, relay.rate) == (3, 20, 3000)
    assert relay.per_connection == 50
    assert relay.senders == {"example.org", "news.example.com"}
    assert relay.name == "mail.example.org:25"


def test_a_relay_without_options_takes_its_turn_for_everybody() -> None:
    relay = Relay.parse("smtp://mail.example.org")

    assert (relay.weight, relay.connections, relay.rate) == (1, None, None)
    assert (relay.senders, relay.per_connection) == (frozenset(), 1000)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org:25",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:port",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?starttls=maybe",
        "smtp://mail.example.org?tls=on",
        "smtp://mail.example.org?weight=0",
        "smtp://mail.example.org?weight=heavy",
        "smtp://mail.example.org?weight=%C2%B2",
        "smtp://mail.example.org?connections=1001",
        "smtp://mail.example.org?rate=-1",
        "smtp://mail.example.org?rate=",
        "smtp://mail.example.org?from=",
        "smtp://mail.example.org?from=somebody@example.com",
        "smtp://[::1",
        "smtps://mail.example.org,",
        "smtp://mail..example.org",
        "smtp://mail.example.org:0",
        "smtp://:sesame@mail.example.org",
        "smtp://crieur@mail.example.org",
        "smtp://crieur:@mail.example.org",
    ],
)
def test_a_wrong_address_names_the_setting_and_hides_its_value(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"^CRIEUR_SMTP_URL .*\.$") as caught:
        Relay.parse(url)

    assert not url or "example.org" not in url or url not in str(caught.value)


@pytest.mark.parametrize("sign", ["/", "?", "#"])
@pytest.mark.parametrize("password", ["123{}ses", "ses{}123"])
def test_a_password_that_is_not_encoded_is_hidden_and_how_to_write_it_is_told(
    sign: str, password: str
) -> None:
    with pytest.raises(Misconfigured, match="in a password write") as caught:
        Relay.parse(f"smtp://crieur:{password.format(sign)}@mail.example.org")

    assert "ses" not in str(caught.value)
    assert "123" not in str(caught.value)


@pytest.mark.parametrize("host", ["postfix_1", "mail.example.org.", "[::1]", "10.0.0.7", "café.fr"])
def test_hosts_of_every_form_are_taken(host: str) -> None:
    assert Relay.parse(f"smtp://{host}:587").host == host.strip("[]")


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


async def test_a_relay_that_greets_with_421_is_as_good_as_not_there() -> None:
    async def busy(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"421 4.3.2 too busy\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(busy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        relay = Relay.parse(f"smtp://127.0.0.1:{port}?starttls=never")
        result = await relay.connect(PATIENT)

    assert isinstance(result, RelayUnreachable)
    assert "4.3.2" in str(result.reason)


async def test_starttls_that_is_required_but_not_offered_is_unreachable() -> None:
    with FakeRelay() as relay:
        connection = carry(f"smtp://127.0.0.1:{relay.port}?starttls=required")
        result = await connection.send_message(message("a@example.org"))

    assert isinstance(result, RelayUnreachable)
    assert result.reason == translatable("relay.no_starttls")
    assert "smtps://" in str(result.advice)
    assert not relay.accepted


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
