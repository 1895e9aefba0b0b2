"""The right to hand over: taken for a time, renewed, given back, outdated by the next one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from service.delivery.leasing import leases
from service.delivery.leasing.leases import ClaimRequest
from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.lifecycle import DeliveryState
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.retry import DeliveryUpdate
from service.delivery.tables import Attempt
from service.delivery.workflow import due_work
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.harness import (
    Issue,
    abandon,
    an_issue,
    batches,
    books,
    let_run_out,
    rows,
    scatter,
    send,
    send_deps,
    states,
)

TWO_MINUTES = timedelta(minutes=2)


def claim(
    begin: Begin, clock: FakeClock, issue: Issue, *, alone: bool = True
) -> LeasedBatch | None:
    request = ClaimRequest(
        edition_id=issue.edition_id, lease_for=TWO_MINUTES, allow_quarantined=alone
    )
    with begin() as session:
        return leases.claim_batch(session, request, now=clock.now)


def look(
    begin: Begin, clock: FakeClock, keyring: Keyring, batch: LeasedBatch | None
) -> list[ClaimedDelivery]:
    assert batch is not None
    with begin() as session:
        looked = leases.recheck_readers(
            session, batch, after=0, limit=500, keyring=keyring, now=clock.now
        )
    return looked.ready


def record(
    begin: Begin,
    clock: FakeClock,
    batch: LeasedBatch | None,
    who: ClaimedDelivery,
    state: DeliveryState,
) -> set[int]:
    assert batch is not None
    with begin() as session:
        if state is DeliveryState.ACCEPTED:
            return leases.record_acceptances(
                session, batch, [(who, "250 2.0.0 queued")], now=clock.now
            )
        return leases.record_outcomes(
            session, batch, [(who, DeliveryUpdate(state=state, reason="5.1.1"))], now=clock.now
        )


def test_a_leased_batch_is_nobody_elses_until_the_lease_runs_out(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    first = claim(begin, clock, issue)
    second = claim(begin, clock, issue)
    abandon(begin)
    third = claim(begin, clock, issue)

    assert [len(look(begin, clock, keyring, one)) for one in (first, third)] == [0, 3]
    assert second is None
    assert third is not None
    assert third.crash_count == 1


def test_a_worker_whose_clock_is_fast_takes_nobodys_lease(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    claim(begin, clock, issue)

    clock.advance(minutes=10)

    assert claim(begin, clock, issue) is None


def test_an_outcome_under_an_outdated_fence_is_not_written_but_not_forgotten(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    frozen_worker = claim(begin, clock, issue)
    (reader,) = look(begin, clock, keyring, frozen_worker)
    abandon(begin)
    live_worker = claim(begin, clock, issue)

    late = record(begin, clock, frozen_worker, reader, DeliveryState.REFUSED)
    between = states(begin, issue)
    held = record(begin, clock, live_worker, reader, DeliveryState.ACCEPTED)

    assert (late, between) == (set(), ["pending"])
    assert held == {reader.subscriber_id}
    assert states(begin, issue) == ["accepted"]
    with begin() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_an_acceptance_under_an_outdated_fence_is_kept_as_an_attempt(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    frozen_worker = claim(begin, clock, issue)
    (reader,) = look(begin, clock, keyring, frozen_worker)
    abandon(begin)
    claim(begin, clock, issue)

    late = record(begin, clock, frozen_worker, reader, DeliveryState.ACCEPTED)

    assert late == set()
    with begin() as session:
        assert list(session.scalars(select(Attempt.result))) == ["accepted"]


def test_a_renewed_lease_holds_and_an_outdated_one_cannot_be_renewed(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    first = claim(begin, clock, issue)
    assert first is not None

    with begin() as session:
        renewed = leases.renew_leases(session, [first], lease_for=timedelta(minutes=10))
    abandon(begin)
    second = claim(begin, clock, issue)
    with begin() as session:
        lost = leases.renew_leases(session, [first], lease_for=TWO_MINUTES)

    assert renewed == {first.id}
    assert second is not None
    assert (lost, second.fence) == (set(), 2)


def test_what_was_given_back_is_due_again_without_a_counted_attempt(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    first = claim(begin, clock, issue)
    assert first is not None

    with begin() as session:
        later = clock.now + timedelta(seconds=30)
        leases.release_batch(session, first, now=clock.now, due_at=later)
    early = claim(begin, clock, issue)
    clock.advance(seconds=30)
    again = claim(begin, clock, issue)

    assert early is None
    assert again is not None
    assert (again.crash_count, again.abandoned) == (0, False)
    assert [one.attempts for one in look(begin, clock, keyring, again)] == [0]


def test_a_batch_whose_readers_all_have_an_outcome_is_done(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    batch = claim(begin, clock, issue)
    assert batch is not None
    (reader,) = look(begin, clock, keyring, batch)
    record(begin, clock, batch, reader, DeliveryState.ACCEPTED)

    with begin() as session:
        leases.release_batch(session, batch, now=clock.now, due_at=clock.now)

    (row,) = batches(begin, issue)
    assert (row.leased_until, row.done_at) == (None, clock.now)


def test_a_killed_workers_deliveries_are_found_again_by_the_sweep(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    claim(begin, clock, issue)

    with begin() as session:
        while_leased = due_work.due_editions(session, now=clock.now)
    abandon(begin)
    with begin() as session:
        afterwards = due_work.due_editions(session, now=clock.now)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert (while_leased, afterwards) == ([], [issue.edition_id])
    assert len(relay.accepted) == 3
    assert books(begin, issue).state == "finished"


@pytest.mark.parametrize("scattered", [False, True])
def test_who_is_there_each_time_a_worker_dies_is_set_aside_and_nobody_else(
    begin: Begin, clock: FakeClock, keyring: Keyring, *, scattered: bool
) -> None:
    issue = an_issue(begin, clock)
    if scattered:
        scatter(begin)
    poison = list(issue.readers.values())[1]
    deaths = 0

    while (batch := claim(begin, clock, issue)) is not None:
        ready = look(begin, clock, keyring, batch)
        if poison in {one.subscriber_id for one in ready}:
            deaths += 1
            abandon(begin)
            continue
        for one in ready:
            record(begin, clock, batch, one, DeliveryState.ACCEPTED)
        with begin() as session:
            leases.release_batch(session, batch, now=clock.now, due_at=clock.now)

    assert deaths == 1 + 3
    assert states(begin, issue) == ["accepted", "uncertain", "accepted"]
    assert rows(begin, issue)[1].reason == "quarantined"
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    assert books(begin, issue).state == "finished"


@pytest.mark.parametrize("scattered", [False, True])
def test_readers_of_a_dead_workers_batch_go_on_in_small_crowds_and_then_alone(
    begin: Begin, clock: FakeClock, *, scattered: bool
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 60)
    if scattered:
        scatter(begin)
    claim(begin, clock, issue)
    abandon(begin)

    crowds = [claim(begin, clock, issue) for _ in range(4)]
    abandon(begin)
    suspects = []
    while (one := claim(begin, clock, issue)) is not None:
        suspects.append(one)

    sizes = [
        None if crowd is None else (len(crowd.members or []), crowd.crash_count) for crowd in crowds
    ]
    assert sizes == [(25, 1), (25, 1), (10, 1), None]
    assert [(suspect.members, suspect.crash_count) for suspect in suspects] == [
        ([reader], 2) for reader in sorted(issue.readers.values())
    ]
    assert {row.batch_id for row in rows(begin, issue)} == {suspect.id for suspect in suspects}


def test_a_suspect_waits_until_nothing_else_is_under_way(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None])
    for _ in range(2):
        claim(begin, clock, issue)
        abandon(begin)

    in_company = claim(begin, clock, issue, alone=False)
    alone = claim(begin, clock, issue)

    assert in_company is None
    assert alone is not None
    assert alone.crash_count == 2


def test_an_edition_cut_off_just_before_its_end_is_finished_by_the_sweep(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    batch = claim(begin, clock, issue)
    assert batch is not None
    (only,) = look(begin, clock, keyring, batch)
    record(begin, clock, batch, only, DeliveryState.ACCEPTED)
    with begin() as session:
        leases.release_batch(session, batch, now=clock.now, due_at=clock.now)

    with begin() as session:
        due = due_work.due_editions(session, now=clock.now)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert due == [issue.edition_id]
    assert books(begin, issue).state == "finished"
    with begin() as session:
        assert due_work.due_editions(session, now=clock.now) == []


def test_leases_are_kept_alive_while_a_relay_thinks(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _recipient, _attempt: Mood.HANG_DOT) as relay:
        # It thinks for longer than the lease lasts, which is renewed two seconds before its end.
        patient = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=4)
        deps = send_deps(begin, clock, relay.url, lease_for=timedelta(seconds=3), timeouts=patient)
        send(issue, deps)

    (row,) = rows(begin, issue)
    (batch,) = batches(begin, issue)
    assert (row.state, row.attempts) == ("uncertain", 1)
    assert (batch.fence, batch.deaths, batch.leased_until) == (1, 0, None)


def test_a_worker_frozen_past_its_lease_does_not_overwrite_its_successor(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    successors: list[LeasedBatch | None] = []

    def freeze(_kept: Kept) -> None:
        # In one transaction, or the run itself could be the one that takes it over.
        request = ClaimRequest(
            edition_id=issue.edition_id, lease_for=TWO_MINUTES, allow_quarantined=True
        )
        with begin() as session:
            let_run_out(session)
            successors.append(leases.claim_batch(session, request, now=clock.now))

    with Relay(on_kept=freeze) as relay:
        tally = send(issue, send_deps(begin, clock, relay.url))

    (successor,) = successors
    assert successor is not None
    (batch,) = batches(begin, issue)
    assert tally["accepted"] == 0
    assert states(begin, issue) == ["pending"]
    assert (batch.fence, batch.done_at) == (successor.fence, None)
    assert books(begin, issue).balanced


def test_a_deferral_is_gathered_into_a_batch_when_its_time_has_come(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)
    batch = claim(begin, clock, issue)
    assert batch is not None
    _, second, third = look(begin, clock, keyring, batch)
    later = DeliveryUpdate(state=DeliveryState.DEFERRED, next_at=clock.now + timedelta(minutes=5))
    with begin() as session:
        leases.record_outcomes(session, batch, [(second, later), (third, later)], now=clock.now)

    early = claim(begin, clock, issue)
    clock.advance(minutes=5)
    again = claim(begin, clock, issue)

    assert early is None
    assert again is not None
    assert again.members == [second.subscriber_id, third.subscriber_id]
    assert [one.attempts for one in look(begin, clock, keyring, again)] == [1, 1]
    with begin() as session:
        waiting = session.execute(text("SELECT count(*) FROM delivery WHERE next_at IS NOT NULL"))
        assert waiting.scalar() == 0


def test_many_suspects_are_all_sent_by_one_run(begin: Begin, clock: FakeClock) -> None:
    """A look that found nothing while a suspect was held does not mean that there are no more."""
    issue = an_issue(begin, clock, masks=[None] * 40)
    claim(begin, clock, issue)
    abandon(begin)
    claim(begin, clock, issue)
    with begin() as session:
        session.execute(text("UPDATE batch SET deaths = 2, leased_until = NULL"))

    with Relay() as relay:
        tally = send(issue, send_deps(begin, clock, relay.url))

    assert tally == {"accepted": 40}
    assert books(begin, issue).state == "finished"
