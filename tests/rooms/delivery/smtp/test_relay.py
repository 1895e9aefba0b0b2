"""Which relay, what part it takes, and how to reach it."""

import asyncio

import pytest

from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.relay import Relay, RelayUnreachable, Starttls
from service.kit.errors import Misconfigured
from service.kit.translatable import translatable
from tests.fakes.relay import Relay as FakeRelay

# All these relays answer or are not there; on a busy machine they may be late.
PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)


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
        wanted = Relay.parse(f"smtp://127.0.0.1:{relay.port}?starttls=required")
        result = await wanted.connect(PATIENT)

    assert isinstance(result, RelayUnreachable)
    assert result.reason == translatable("relay.no_starttls")
    assert "smtps://" in str(result.advice)
    assert not relay.accepted
