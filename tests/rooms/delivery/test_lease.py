"""The right to hand over: taken for a time, renewed, given back, outdated by the next one."""

from datetime import timedelta

from sqlalchemy import func, select

from service.delivery import lease, sweep
from service.delivery.lease import Wish
from service.delivery.lifecycle import State
from service.delivery.queries.deliveries import Taken
from service.delivery.retry import Settlement
from service.delivery.tables import Attempt
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.sending import Issue, a_crew, an_issue, books, rows, send, states

TWO_MINUTES = timedelta(minutes=2)


def claim(
    begin: Begin, clock: FakeClock, keyring: Keyring, issue: Issue, *, limit: int = 10
) -> Taken:
    wish = Wish(edition_id=issue.edition_id, limit=limit, lease_for=TWO_MINUTES)
    with begin() as session:
        return lease.claim(session, wish, keyring=keyring, now=clock.now)


def test_a_leased_delivery_is_nobody_elses_until_the_lease_runs_out(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    first = claim(begin, clock, keyring, issue, limit=2)
    second = claim(begin, clock, keyring, issue)
    clock.advance(minutes=2)
    third = claim(begin, clock, keyring, issue)

    assert [len(taken.leased) for taken in (first, second, third)] == [2, 1, 3]
    assert {one.fence for one in third.leased} == {2}


def test_an_outcome_under_an_outdated_fence_is_not_written_but_not_forgotten(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    (frozen_worker,) = claim(begin, clock, keyring, issue).leased
    clock.advance(minutes=3)
    (live_worker,) = claim(begin, clock, keyring, issue).leased

    with begin() as session:
        late = lease.record(
            session,
            issue.edition_id,
            [(frozen_worker, Settlement(state=State.REFUSED, reason="5.1.1"))],
            now=clock.now,
        )
    between = states(begin, issue)
    with begin() as session:
        held = lease.record(
            session,
            issue.edition_id,
            [(live_worker, Settlement(state=State.ACCEPTED))],
            now=clock.now,
        )

    assert (late, between) == (set(), ["leased"])
    assert held == {live_worker.subscriber_id}
    assert states(begin, issue) == ["accepted"]
    with begin() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 2


def test_a_renewed_lease_holds_and_an_outdated_one_cannot_be_renewed(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    (first,) = claim(begin, clock, keyring, issue).leased

    with begin() as session:
        renewed = lease.renew(
            session, issue.edition_id, [first], until=clock.now + timedelta(minutes=10)
        )
    clock.advance(minutes=5)
    nothing = claim(begin, clock, keyring, issue)
    clock.advance(minutes=5)
    (second,) = claim(begin, clock, keyring, issue).leased
    with begin() as session:
        lost = lease.renew(session, issue.edition_id, [first], until=clock.now)

    assert renewed == {first.subscriber_id}
    assert (nothing.leased, lost) == ([], set())
    assert second.fence == 2


def test_what_was_given_back_is_due_again_without_a_counted_attempt(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    (first,) = claim(begin, clock, keyring, issue).leased

    with begin() as session:
        lease.give_back(session, issue.edition_id, [(first, clock.now + timedelta(seconds=30))])
    early = claim(begin, clock, keyring, issue)
    clock.advance(seconds=30)
    (again,) = claim(begin, clock, keyring, issue).leased

    assert early.leased == []
    assert again.attempts == 1


def test_a_killed_workers_deliveries_are_found_again_by_the_sweep(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)
    claim(begin, clock, keyring, issue, limit=2)

    with begin() as session:
        while_leased = sweep.due_editions(session, now=clock.now)
        afterwards = sweep.due_editions(session, now=clock.advance(minutes=2))
    with Relay() as relay:
        send(issue, a_crew(begin, clock, relay.url))

    assert (while_leased, afterwards) == ([], [issue.edition_id])
    assert len(relay.accepted) == 3
    assert books(begin, issue).state == "finished"


def test_an_edition_cut_off_just_before_its_end_is_finished_by_the_sweep(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    (only,) = claim(begin, clock, keyring, issue).leased
    with begin() as session:
        lease.record(
            session, issue.edition_id, [(only, Settlement(state=State.ACCEPTED))], now=clock.now
        )

    with begin() as session:
        due = sweep.due_editions(session, now=clock.now)
    with Relay() as relay:
        send(issue, a_crew(begin, clock, relay.url))

    assert due == [issue.edition_id]
    assert books(begin, issue).state == "finished"
    with begin() as session:
        assert sweep.due_editions(session, now=clock.now) == []


def test_leases_are_kept_alive_while_a_relay_thinks(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _recipient, _attempt: Mood.HANG_DOT) as relay:
        send(issue, a_crew(begin, clock, relay.url, lease_for=timedelta(milliseconds=60)))

    (row,) = rows(begin, issue)
    assert (row.state, row.fence, row.attempts) == ("uncertain", 1, 1)


def test_a_worker_frozen_past_its_lease_does_not_overwrite_its_successor(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    successors: list[Taken] = []

    def freeze(_kept: Kept) -> None:
        clock.advance(minutes=3)
        successors.append(claim(begin, clock, keyring, issue))

    with Relay(on_kept=freeze) as relay:
        tally = send(issue, a_crew(begin, clock, relay.url))

    (successor,) = successors[0].leased
    (row,) = rows(begin, issue)
    assert tally["accepted"] == 0
    assert (row.state, row.fence) == ("leased", successor.fence)
    assert books(begin, issue).balanced
