"""Which relay, how to reach it, and connections that last."""

import pytest

from service.delivery.line import Sealed, Timeouts
from service.delivery.reply import Accepted, Deferred
from service.delivery.smtp import Carrier, Relay, Starttls, Unreachable
from service.kit.errors import Misconfigured
from tests.fakes.relay import Mood
from tests.fakes.relay import Relay as FakeRelay

SHORT = Timeouts(connect=2, command=0.5, data=0.5, block=0.5, dot=0.5)


def letter(recipient: str) -> Sealed:
    return Sealed(sender="b@bounces.test", recipient=recipient, body=b"Subject: x\r\n\r\nx\r\n")


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
        "smtp://[::1",
    ],
)
def test_a_wrong_address_names_the_setting_and_hides_its_value(url: str) -> None:
    with pytest.raises(Misconfigured, match=r"^CRIEUR_SMTP_URL .*\.$") as caught:
        Relay.parse(url)

    assert not url or "example.org" not in url or url not in str(caught.value)


async def test_nobody_listening_is_unreachable_and_no_fault_of_the_letter() -> None:
    with FakeRelay() as relay:
        url = relay.url

    result = await Carrier(Relay.parse(url), timeouts=SHORT).hand_over(letter("a@example.org"))

    assert isinstance(result, Unreachable)


async def test_starttls_that_is_required_but_not_offered_is_unreachable() -> None:
    with FakeRelay() as relay:
        carrier = Carrier(
            Relay.parse(f"smtp://127.0.0.1:{relay.port}?starttls=required"), timeouts=SHORT
        )
        result = await carrier.hand_over(letter("a@example.org"))

    assert isinstance(result, Unreachable)
    assert not relay.accepted


async def test_a_connection_that_died_while_idle_costs_the_letter_nothing() -> None:
    with FakeRelay(letters_per_connection=1) as relay:
        carrier = Carrier(Relay.parse(relay.url), timeouts=SHORT)
        results = [await carrier.hand_over(letter(f"r{n}@example.org")) for n in range(3)]
        await carrier.close()

    assert [type(result) for result in results] == [Accepted, Accepted, Accepted]
    assert relay.connections == 3
    assert [relay.attempts[f"r{n}@example.org"] for n in range(3)] == [1, 1, 1]


async def test_after_a_surprise_the_next_letter_gets_a_new_connection() -> None:
    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.GARBAGE if recipient.startswith("bad") else Mood.ACCEPT

    with FakeRelay(moods) as relay:
        carrier = Carrier(Relay.parse(relay.url), timeouts=SHORT)
        bad = await carrier.hand_over(letter("bad@example.org"))
        good = await carrier.hand_over(letter("good@example.org"))
        await carrier.close()

    assert (type(bad), type(good)) == (Deferred, Accepted)
    assert relay.connections == 2


async def test_a_connection_is_renewed_after_its_share_of_letters() -> None:
    with FakeRelay() as relay:
        carrier = Carrier(Relay.parse(relay.url), timeouts=SHORT, letters_per_connection=2)
        for number in range(5):
            await carrier.hand_over(letter(f"r{number}@example.org"))
        await carrier.close()

    assert relay.connections == 3
    assert len(relay.accepted) == 5
