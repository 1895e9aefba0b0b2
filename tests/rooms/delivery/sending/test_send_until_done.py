"""An edition goes on without a job message, unless another one waits for its place."""

from collections.abc import Callable
from datetime import timedelta

from service.delivery.composer import MessageComposer
from service.delivery.sending.run import send_until_done
from service.editions import control
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, send_deps
from workers.concurrency import ConcurrencyLimiter

MANY = 40


def a_slow_relay(on_kept: Callable[[Kept], None] = lambda _kept: None) -> Relay:
    return Relay(lambda _recipient, _attempt: Mood.SLOW, on_kept=on_kept)


def send(issue: Issue, begin: Begin, clock: FakeClock, url: str, *, awaited_after: int = 99) -> int:
    """Send in short turns; return how many turns were asked about.

    A turn whose time is up before its first look would send nothing, so it is not as short as can
    be, and the relays of these tests are slow instead: a mail takes longer than a turn.
    """
    asked = 0

    def is_contended() -> bool:
        nonlocal asked
        asked += 1
        return asked >= awaited_after

    deps = send_deps(begin, clock, url, connections=1, run_for=timedelta(milliseconds=30))
    with begin() as session:
        composer = MessageComposer.load(
            session, issue.edition_id, keyring=deps.keyring, mail_identity=deps.mail_identity
        )
    send_until_done(
        issue.edition_id, deps, composer=composer, stop=lambda: False, is_contended=is_contended
    )
    return asked


def test_whoever_nobody_waits_for_goes_on_to_the_end(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * MANY)

    with a_slow_relay() as relay:
        turns = send(issue, begin, clock, relay.url)

    assert turns > 1
    assert books(begin, issue).state == "finished"
    assert len(relay.accepted) == MANY


def test_whoever_somebody_waits_for_gives_their_place_up(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * MANY)

    with a_slow_relay() as relay:
        turns = send(issue, begin, clock, relay.url, awaited_after=2)

    assert turns == 2
    assert 0 < len(relay.accepted) < MANY
    ledger = books(begin, issue)
    assert (ledger.leased, ledger.pending) == (0, MANY - len(relay.accepted))


def test_an_edition_that_is_paused_meanwhile_does_not_go_on(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * MANY)

    def pause(_kept: Kept) -> None:
        if not paused:
            paused.append(True)
            with begin() as session:
                control.pause(session, issue.edition_id, now=clock.now)

    paused: list[bool] = []
    with a_slow_relay(on_kept=pause) as relay:
        send(issue, begin, clock, relay.url)

    assert 0 < len(relay.accepted) < MANY
    assert books(begin, issue).leased == 0


def test_there_are_so_many_places_and_who_finds_none_is_heard_of_once() -> None:
    limiter = ConcurrencyLimiter()

    with limiter.acquire(1, limit=2) as one, limiter.acquire(2, limit=2) as two:
        assert (one, two, limiter.is_contended()) == (True, True, False)
        with limiter.acquire(1, limit=9) as again:
            assert not again
        assert not limiter.is_contended()
        with limiter.acquire(3, limit=2) as three:
            assert not three
        assert limiter.is_contended()
        assert not limiter.is_contended()
    with limiter.acquire(3, limit=2) as three:
        assert three


def test_who_has_found_a_place_meanwhile_is_not_waited_for() -> None:
    limiter = ConcurrencyLimiter()

    with limiter.acquire(1, limit=1), limiter.acquire(2, limit=1):
        pass
    with limiter.acquire(2, limit=1):
        assert not limiter.is_contended()
