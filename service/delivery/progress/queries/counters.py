"""SQL of an edition's progress counters: added per group of outcomes, compacted, summed up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import text

from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.thresholds import SYSTEMIC_FAULTS, FailureRates
from service.delivery.smtp.retry import DeliveryUpdate
from service.editions.queries import notify_progress as notify_progress  # noqa: PLC0414  Writers of counters notify with it.
from service.kit.db import Session

FAULTS, NO_MAILBOX, CANCELLED, REOPENED = "faults", "no_mailbox", "cancelled", "reopened"
"""Counters that are no states: they explain the ones that are."""

_ADD = text("""
    INSERT INTO tally (edition_id, at, accepted, refused, suppressed, expired, uncertain, deferred,
                       faults, no_mailbox, cancelled, reopened, revision)
    VALUES (:edition_id, :now, :accepted, :refused, :suppressed, :expired, :uncertain, :deferred,
            :faults, :no_mailbox, :cancelled, :reopened, CAST(:revision AS smallint))
    """)
_COUNTERS = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SUPPRESSED,
    DeliveryState.EXPIRED,
    DeliveryState.UNCERTAIN,
    DeliveryState.DEFERRED,
    FAULTS,
    NO_MAILBOX,
    CANCELLED,
    REOPENED,
)


def count_outcomes(outcomes: Iterable[DeliveryUpdate]) -> Counter[str]:
    """Count outcomes by counter name.

    An uncertain delivery that will be retried counts as deferred now and by its final state later;
    one that was only postponed by a throttle has no outcome at all.
    """
    counts: Counter[str] = Counter()
    for settled in outcomes:
        if settled.next_at is None:
            counts[settled.state] += 1
        elif settled.counted:
            counts[DeliveryState.DEFERRED] += 1
        counts.update(cause_counters(settled))
    return counts


def cause_counters(settled: DeliveryUpdate) -> list[str]:
    """Return the counter that explains a 5xx, in a list; empty if there was none or none fits."""
    if settled.cause is None:
        return []
    if settled.cause.fault in SYSTEMIC_FAULTS:
        return [FAULTS]
    return [NO_MAILBOX] if settled.cause.hard else []


def add_counts(
    session: Session,
    edition_id: int,
    counts: Mapping[str, int],
    *,
    now: datetime,
    revision: int | None = None,
) -> None:
    """Add a group's outcomes to an edition's counters; writes nothing if all are zero.

    `revision` is the one that their messages had, None if there were no messages.
    """
    if any(counts.values()):
        values = {name: counts.get(name, 0) for name in _COUNTERS}
        session.execute(
            _ADD, {"edition_id": edition_id, "now": now, "revision": revision, **values}
        )


# Dated at the start of the send, so that it neither changes the current rate nor counts against
# what came after a pause.
_REVERSE_ACCEPTANCES = text("""
    INSERT INTO tally (edition_id, at, accepted, refused, revision)
    SELECT edition_id, min(at), -:count, :count, CAST(:revision AS smallint) FROM tally
    WHERE edition_id = :edition_id GROUP BY edition_id
    """)


def reverse_acceptances(
    session: Session, edition_id: int, by_revision: Mapping[int | None, int]
) -> None:
    """Count acceptances as refusals: the messages bounced, and not by the readers' fault."""
    for revision, count in by_revision.items():
        values = {"edition_id": edition_id, "count": count, "revision": revision}
        session.execute(_REVERSE_ACCEPTANCES, values)


# Skips rows that another worker is compacting. Counters from before the edition was last resumed
# stay separate, because only the later ones count against it.
_COMPACT = text("""
    WITH old AS MATERIALIZED (
        SELECT tally.id FROM tally
        WHERE tally.edition_id = :edition_id AND tally.at < :before
        ORDER BY tally.id
        FOR UPDATE SKIP LOCKED
    ), removed AS (
        DELETE FROM tally USING old WHERE tally.id = old.id RETURNING tally.*
    )
    INSERT INTO tally (edition_id, at, accepted, refused, suppressed, expired, uncertain, deferred,
                       faults, no_mailbox, cancelled, reopened, revision, first_subject,
                       second_subject)
    SELECT removed.edition_id, min(removed.at), sum(accepted), sum(refused), sum(suppressed),
           sum(expired), sum(uncertain), sum(deferred), sum(faults), sum(no_mailbox),
           sum(cancelled), sum(reopened), removed.revision, sum(first_subject),
           sum(second_subject)
    FROM removed JOIN edition ON edition.id = removed.edition_id
    GROUP BY removed.edition_id, removed.revision, date_bin('10 seconds', removed.at, 'epoch'),
             removed.at >= coalesce(edition.resumed_at, '-infinity')
    """)


def compact(session: Session, edition_id: int, *, before: datetime) -> None:
    """Merge the counters from before an instant into one row per ten seconds.

    A send of hours adds about a hundred thousand rows, and every reader of the progress sums them.
    """
    session.execute(_COMPACT, {"edition_id": edition_id, "before": before})


_SETTLED = text("""
    SELECT coalesce(sum(accepted + refused + suppressed + expired + uncertain), 0)
    FROM tally WHERE edition_id = :edition_id
    """)


def count_settled(session: Session, edition_id: int) -> int:
    """Return how many deliveries of an edition have a final state: it grows with any progress.

    Deferrals do not count: a message that cannot be composed is deferred again and again.
    """
    return int(session.execute(_SETTLED, {"edition_id": edition_id}).scalar_one())


_ACCEPTED_BY_SUBJECT = text("""
    SELECT coalesce(sum(first_subject), 0)::bigint AS first,
           coalesce(sum(second_subject), 0)::bigint AS second
    FROM tally WHERE edition_id = :edition_id
    """)


def accepted_by_subject(session: Session, edition_id: int) -> tuple[int, int]:
    """Return how many messages with each subject of a subject test the relay has accepted."""
    row = session.execute(_ACCEPTED_BY_SUBJECT, {"edition_id": edition_id}).one()
    return row.first, row.second


_FAILURE_RATES = text("""
    SELECT coalesce(sum(tally.accepted), 0)::bigint AS accepted,
           coalesce(sum(tally.refused), 0)::bigint AS refused,
           coalesce(sum(tally.faults), 0)::bigint AS faults,
           coalesce(sum(tally.no_mailbox), 0)::bigint AS no_mailbox,
           (SELECT count(*) FROM delivery
            WHERE delivery.edition_id = edition.id AND delivery.outcome = 'bounced'
              AND delivery.outcome_at >= coalesce(edition.resumed_at, '-infinity')) AS bounced,
           (SELECT count(*) FROM delivery
            WHERE delivery.edition_id = edition.id AND delivery.outcome = 'complained'
              AND delivery.outcome_at >= coalesce(edition.resumed_at, '-infinity')) AS complained,
           edition.own_pauses
    FROM edition LEFT JOIN tally
      ON tally.edition_id = edition.id AND tally.at >= coalesce(edition.resumed_at, '-infinity')
    WHERE edition.id = :edition_id
    GROUP BY edition.id
    """)


def failure_rates(session: Session, edition_id: int) -> FailureRates:
    """Return an edition's counts of failures since it was last resumed, or since its start."""
    row = session.execute(_FAILURE_RATES, {"edition_id": edition_id}).one()
    return FailureRates(
        accepted=row.accepted,
        refused=row.refused,
        faults=row.faults,
        hard_bounces=row.no_mailbox + row.bounced,
        complaints=row.complained,
        own_pauses=row.own_pauses,
    )
