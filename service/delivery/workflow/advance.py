"""Carry an edition from its slot to its sending: choose, freeze and enrol, render, start.

One at a time does so (`editions.building`). Each step is a short transaction that does nothing when
it was done already, so that any number of messages, crashes and workers lead to the same edition.
What was withdrawn or corrected after the freeze is taken over on the way, and also later, while
the edition is sent and when it has ended (`editions.revise`).
"""

from datetime import datetime
from threading import Event
from time import monotonic

from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.workflow import failures
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
    """Take an edition as far as it goes now; a held one stops once it has its articles.

    An edition that may not be rendered is paused with the reason, for an operator to decide; so is
    one at which process after process has died.
    Returns False, and has done nothing, while somebody else is at it.
    """
    with begin() as session:
        lease = build_lease.claim(session, edition_id)
        goes_on = lease is None or not (
            lease.was_left and failures.record_builder_death(session, edition_id, now=clock())
        )
    if lease is None:
        return False
    try:
        if goes_on:
            _carry_on(
                build_lease.begin_with_lease(begin, lease),
                edition_id,
                clock=clock,
                public_url=public_url,
            )
    except build_lease.BuildLeaseLost:
        log.warning("edition.building_lost", edition=edition_id)
    finally:
        _let_go(begin, lease)
    return True


def _let_go(begin: Begin, lease: build_lease.BuildLease) -> None:
    """Give the lease back also when the database was away: one that is left looks like a death."""
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


def _carry_on(begin: Begin, edition_id: int, *, clock: Clock, public_url: str) -> None:
    with begin() as session:
        is_paused = get_edition(session, edition_id).paused_at is not None
        if not is_paused:
            build.select_articles(session, edition_id, now=clock())
    if not is_paused:
        with begin() as session:
            build.freeze(session, edition_id, now=clock())
        _enrol(begin, edition_id, clock=clock)
    try:
        _render(begin, edition_id, public_url=public_url, now=clock())
    except CrieurError as error:
        failures.record_failure(begin, edition_id, error, now=clock())


def _enrol(begin: Begin, edition_id: int, *, clock: Clock) -> None:
    """Write the audience of a frozen edition down, a stretch in each transaction."""
    complete = False
    while not complete:
        with begin() as session:
            complete = enrol_next_chunk(session, edition_id, now=clock())


def _render(begin: Begin, edition_id: int, *, public_url: str, now: datetime) -> None:
    """Render what is new, and let an edition go that was not sent yet."""
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
        transitions.start_sending(session, edition_id, subject=subject, now=now)
