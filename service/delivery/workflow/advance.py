"""Advances an edition from its slot to its sending: select, freeze and enrol, render, start.

One process at a time does so (`editions.build_lease`). Each step is a short transaction that does
nothing if it was done before, so that any number of messages, crashes and workers lead to the same
edition. Withdrawals and corrections after the freeze are applied on the way, and also later, while
the edition is being sent and after it has ended (`editions.revise`).
"""

from datetime import datetime
from threading import Event
from time import monotonic

from service.delivery.enrolment.correction_readers import must_wait
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.workflow import failures, subject_tests
from service.editions import build, build_lease, revise, transitions
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit.clock import Clock
from service.kit.db import Begin, DatabaseUnavailable
from service.kit.errors import CrieurError
from service.kit.log import get_logger
from service.rendering.render_edition import render_edition, subject_of

log = get_logger(__name__)

RETRY_INTERVAL = 0.25


def advance_edition(begin: Begin, edition_id: int, *, clock: Clock, public_url: str) -> bool:
    """Advance an edition as far as possible now; one on hold stops once its articles are selected.

    An edition that cannot be rendered is paused with the reason, for an operator to decide; so is
    one whose builder has crashed several times in a row.
    Returns False without doing anything while another process is advancing it.
    """
    with begin() as session:
        lease = build_lease.claim(session, edition_id)
        may_advance = lease is None or not (
            lease.was_left and failures.record_builder_death(session, edition_id, now=clock())
        )
    if lease is None:
        return False
    try:
        if may_advance:
            _advance(
                build_lease.begin_with_lease(begin, lease),
                edition_id,
                clock=clock,
                public_url=public_url,
            )
    except build_lease.BuildLeaseLost:
        log.warning("edition.building_lost", edition=edition_id)
    finally:
        _release(begin, lease)
    return True


def _release(begin: Begin, lease: build_lease.BuildLease) -> None:
    """Release the lease, also after a database outage: an expired one looks like a crash."""
    until = monotonic() + build_lease.LEASE_DURATION.total_seconds()
    while True:
        try:
            with begin() as session:
                build_lease.release(session, lease)
        except DatabaseUnavailable:
            if monotonic() > until:
                raise
            Event().wait(RETRY_INTERVAL)
        else:
            return


def _advance(begin: Begin, edition_id: int, *, clock: Clock, public_url: str) -> None:
    with begin() as session:
        is_paused = get_edition(session, edition_id).paused_at is not None
        if not is_paused:
            build.select_articles(session, edition_id, now=clock())
    if not is_paused:
        with begin() as session:
            if must_wait(session, edition_id):
                return  # The sweep finds it again.
            build.freeze(session, edition_id, now=clock())
        _enrol(begin, edition_id, clock=clock)
    try:
        _render(begin, edition_id, public_url=public_url, now=clock())
    except CrieurError as error:
        failures.record_failure(begin, edition_id, error, now=clock())


def _enrol(begin: Begin, edition_id: int, *, clock: Clock) -> None:
    """Enrol the audience of a frozen edition, one chunk per transaction."""
    complete = False
    while not complete:
        with begin() as session:
            complete = enrol_next_chunk(session, edition_id, now=clock())


def _render(begin: Begin, edition_id: int, *, public_url: str, now: datetime) -> None:
    """Render what has changed, and start sending an edition that was not started yet."""
    with begin() as session:
        revise.revise(session, edition_id, now=now)
        edition = get_edition(session, edition_id)
    is_new = edition.state in {EditionState.FROZEN, EditionState.RENDERED}
    if is_new and edition.paused_at is not None:
        return
    if not is_new and edition.revision == edition.rendered_revision:
        return
    render_edition(begin, edition_id, public_url=public_url, now=now)
    if not is_new:
        return
    with begin() as session:
        subject = subject_of(session, edition_id)
        if transitions.start_sending(session, edition_id, subject=subject, now=now):
            subject_tests.start_test(session, edition_id, now=now)
