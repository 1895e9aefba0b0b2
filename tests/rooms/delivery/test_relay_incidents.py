"""Operators see which relay lets nobody in, and why, for as long as it is so."""

import socket
from datetime import timedelta

from service.delivery import relay_incidents
from service.delivery.relay_incidents import queries
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_connection import NO_RELAY_FOR_SENDER
from service.delivery.smtp.relay_pool import FIRST_DOWNTIME, RelayPool
from service.kit.db import Begin
from service.kit.translatable import translatable, verbatim
from tests.conftest import FakeClock
from tests.fakes.relay import Relay as FakeRelay
from tests.rooms.delivery.harness import an_issue, books, send, send_deps

WHY = {"reason": verbatim("it is gone"), "advice": verbatim("look for it")}


def shown(begin: Begin, clock: FakeClock) -> list[str]:
    with begin() as session:
        return [each.relay for each in relay_incidents.current_incidents(session, now=clock.now)]


def test_a_relay_that_lets_nobody_in_is_told_with_what_to_do(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)

    with socket.socket() as deaf:
        # Bound and not listening: nobody else can answer here meanwhile.
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        send(issue, send_deps(begin, clock, f"smtp://awa:secret@127.0.0.1:{port}?starttls=never"))

    with begin() as session:
        (told,) = relay_incidents.current_incidents(session, now=clock.now)
    assert told.relay == f"127.0.0.1:{port}"
    assert told.reason == translatable("relay.not_listening")
    assert "CRIEUR_SMTP_URL" in str(told.advice)
    assert told.since == told.last_at == clock.now


def test_a_relay_that_is_back_is_no_longer_told_of(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    seconds = 0.0

    with FakeRelay() as relay:
        back = Relay.parse(relay.url)
        relay_pool = RelayPool([back], clock=lambda: seconds)
        for _ in range(3):
            relay_pool.record_connection(back, ok=False)
        with begin() as session:
            queries.keep(session, back.name, WHY, now=clock.now, old=clock.now)
        assert shown(begin, clock) == [back.name]
        seconds = FIRST_DOWNTIME
        send(issue, send_deps(begin, clock, relay.url, relay_pool=relay_pool))

    assert shown(begin, clock) == []
    assert books(begin, issue).accepted == 3


def test_one_connection_too_many_is_no_trouble(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    with FakeRelay() as relay:
        good = Relay.parse(relay.url)
        relay_pool = RelayPool([good])
        relay_pool.record_connection(good, ok=False)
        assert not relay_pool.is_down(good)
        send(issue, send_deps(begin, clock, relay.url, relay_pool=relay_pool))

    assert shown(begin, clock) == []


def test_a_sender_that_no_relay_is_for_is_named(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    with FakeRelay() as relay:
        send(issue, send_deps(begin, clock, f"{relay.url}&from=elsewhere.example"))

    with begin() as session:
        (told,) = relay_incidents.current_incidents(session, now=clock.now)
    assert (told.relay, told.reason) == ("example.org", NO_RELAY_FOR_SENDER.reason)


def test_trouble_that_goes_on_keeps_its_beginning_and_grows_old_alone(
    begin: Begin, clock: FakeClock
) -> None:
    def fail() -> None:
        with begin() as session:
            queries.keep(
                session,
                "one:25",
                WHY,
                now=clock.now,
                old=clock.now - relay_incidents.INCIDENT_LIFETIME,
            )

    began = clock.now
    fail()
    clock.advance(minutes=5)
    fail()
    with begin() as session:
        (told,) = relay_incidents.current_incidents(session, now=clock.now)
    assert (told.since, told.last_at) == (began, clock.now)

    clock.now += relay_incidents.INCIDENT_LIFETIME + timedelta(seconds=1)
    assert shown(begin, clock) == []
    fail()
    with begin() as session:
        (told,) = relay_incidents.current_incidents(session, now=clock.now)
    assert told.since == clock.now
