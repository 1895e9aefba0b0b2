"""A large edition calls other worker processes, and whoever has a place comes."""

from datetime import timedelta

from service.boot import Runtime
from service.delivery.leasing.queries import batches
from service.delivery.sending import wake_workers
from service.jobs.wakeup_notifications import EDITION
from service.kit import notify
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import Issue, an_issue, send, send_deps

MINUTE = timedelta(minutes=1)


def a_batch_each(begin: Begin, clock: FakeClock, *, readers: int) -> Issue:
    """Return an edition whose readers have a batch each, in nobody's hands."""
    issue = an_issue(begin, clock, masks=[None] * readers)
    with begin() as session:
        whole = batches.claim_due_batch(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, max_crashes=0
        )
        assert whole is not None
        assert batches.split_batch(session, whole, size=1, now=clock.now) == readers
    return issue


def test_a_large_edition_calls_whoever_listens(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=wake_workers.MIN_FREE_BATCHES)

    with (
        notify.listening(runtime.engine, EDITION) as one,
        notify.listening(runtime.engine, EDITION) as other,
    ):
        with runtime.begin() as session:
            assert wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)

        assert one.wait(30) == other.wait(30) == [str(issue.edition_id)]


def test_a_small_edition_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=wake_workers.MIN_FREE_BATCHES - 1)

    with begin() as session:
        assert not wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)


def test_what_is_in_somebodys_hands_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=wake_workers.MIN_FREE_BATCHES)
    with begin() as session:
        batches.claim_due_batch(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, max_crashes=9
        )

    with begin() as session:
        assert not wake_workers.wake_other_workers(session, issue.edition_id, now=clock.now)


def heard_while_sending(runtime: Runtime, clock: FakeClock, url: str) -> list[str]:
    """Send to many readers, each in a batch; return the editions that others were called to."""
    issue = a_batch_each(runtime.begin, clock, readers=10 * wake_workers.MIN_FREE_BATCHES)
    heard: list[str] = []
    with notify.listening(runtime.engine, EDITION) as listener:
        send(issue, send_deps(runtime.begin, clock, url, connections=1))
        with runtime.begin() as session:
            notify.notify(session, EDITION, "the end")
        while "the end" not in heard:
            heard += listener.wait(30)
    assert heard.pop() == "the end"
    assert set(heard) <= {str(issue.edition_id)}
    return heard


def test_whoever_gets_mails_away_calls_the_others_once(runtime: Runtime, clock: FakeClock) -> None:
    with Relay() as relay:
        assert len(heard_while_sending(runtime, clock, relay.url)) == 1


def test_nobody_is_called_to_a_relay_that_is_away(runtime: Runtime, clock: FakeClock) -> None:
    """Each would call the others in vain, and they would call back."""
    with a_free_port() as port:
        assert heard_while_sending(runtime, clock, f"smtp://127.0.0.1:{port}") == []
