"""A large edition calls other worker processes, as long as there is something for them to do."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from service.boot import Runtime
from service.delivery import rally
from service.delivery.queries import batches
from service.kit.db import Begin
from service.kit.outbox import OutboxRow
from tests.conftest import FakeClock
from tests.rooms.delivery.sending import Issue, an_issue
from workers import send_edition
from workers.places import places

MINUTE = timedelta(minutes=1)


def a_batch_each(begin: Begin, clock: FakeClock, *, readers: int) -> Issue:
    """Return an edition whose readers have a batch each, in nobody's hands."""
    issue = an_issue(begin, clock, masks=[None] * readers)
    with begin() as session:
        whole = batches.claim(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, most_deaths=0
        )
        assert whole is not None
        assert batches.split(session, whole, size=1, now=clock.now) == readers
        session.query(OutboxRow).delete()
    return issue


def bells(begin: Begin) -> Sequence[OutboxRow]:
    with begin() as session:
        return session.scalars(select(OutboxRow)).all()


def test_a_large_edition_rings_at_once(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=rally.LARGE)

    with begin() as session:
        assert rally.call(session, issue.edition_id, now=clock.now)

    assert [(bell.args, bell.due_at) for bell in bells(begin)] == [
        ({"edition_id": issue.edition_id}, clock.now)
    ]


def test_calls_do_not_add_up(begin: Begin, clock: FakeClock) -> None:
    """Each is passed on for as long as there is much to do: two would be two for ever."""
    issue = a_batch_each(begin, clock, readers=rally.LARGE)

    with begin() as session:
        for _ in range(3):
            assert rally.call(session, issue.edition_id, now=clock.now)
            assert rally.pass_on(session, issue.edition_id, now=clock.now)

    assert len(bells(begin)) == 1


def test_a_small_edition_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=rally.LARGE - 1)

    with begin() as session:
        assert not rally.call(session, issue.edition_id, now=clock.now)

    assert not bells(begin)


def test_what_is_in_somebodys_hands_calls_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = a_batch_each(begin, clock, readers=rally.LARGE)
    with begin() as session:
        batches.claim(
            session, edition_id=issue.edition_id, now=clock.now, lease_for=MINUTE, most_deaths=9
        )

    with begin() as session:
        assert not rally.call(session, issue.edition_id, now=clock.now)


def test_a_process_that_is_at_it_already_passes_the_call_on(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=rally.LARGE)

    with places.take(issue.edition_id, most=3):
        send_edition.run(runtime, edition_id=issue.edition_id)

    assert [bell.due_at - clock.now for bell in bells(runtime.begin)] == [rally.PASS_ON_IN]


def test_a_call_ends_with_the_work(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_batch_each(runtime.begin, clock, readers=rally.LARGE - 1)

    with places.take(issue.edition_id, most=3):
        send_edition.run(runtime, edition_id=issue.edition_id)

    assert not bells(runtime.begin)
