"""SQL about an edition's progress: what each group of outcomes added, and telling who listens."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import text

from service.delivery.lifecycle import DeliveryState
from service.delivery.progress.thresholds import SYSTEMIC_FAULTS, FailureRates
from service.delivery.smtp.retry import DeliveryUpdate
from service.editions.queries import notify_progress as notify_progress  # noqa: PLC0414  Whoever adds to the books tells of it.
from service.kit.db import Session

FAULTS, NO_MAILBOX, CANCELLED, REOPENED = "faults", "no_mailbox", "cancelled", "reopened"
"""Lines of the tally that are no states: they explain those that are."""

_ADD = text("""
    INSERT INTO tally (edition_id, at, accepted, refused, suppressed, expired, uncertain, deferred,
                       faults, no_mailbox, cancelled, reopened)
    VALUES (:edition_id, :now, :accepted, :refused, :suppressed, :expired, :uncertain, :deferred,
            :faults, :no_mailbox, :cancelled, :reopened)
    """)
_LINES = (
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


def count_outcomes(settlements: Iterable[DeliveryUpdate]) -> Counter[str]:
    """Count outcomes by the lines of the tally.

    A delivery that is uncertain and will be tried again is counted when that is known; one that
    only waits for its turn has no outcome at all.
    """
    counts: Counter[str] = Counter()
    for settled in settlements:
        if settled.next_at is None:
            counts[settled.state] += 1
        elif settled.counted:
            counts[DeliveryState.DEFERRED] += 1
        counts.update(cause_counters(settled))
    return counts


def cause_counters(settled: DeliveryUpdate) -> list[str]:
    """Return the line of the tally that says what a 5xx means, if there was one that it counts."""
    if settled.cause is None:
        return []
    if settled.cause.fault in SYSTEMIC_FAULTS:
        return [FAULTS]
    return [NO_MAILBOX] if settled.cause.hard else []


def add_counts(
    session: Session, edition_id: int, counts: Mapping[str, int], *, now: datetime
) -> None:
    """Add a group's outcomes to an edition's books; nothing counted leaves nothing behind."""
    if any(counts.values()):
        lines = {line: counts.get(line, 0) for line in _LINES}
        session.execute(_ADD, {"edition_id": edition_id, "now": now, **lines})


# Where the send began, so that it counts neither as a mail of now nor against what came after a
# pause.
_TAKE_BACK = text("""
    INSERT INTO tally (edition_id, at, accepted, refused)
    SELECT edition_id, min(at), -:count, :count FROM tally
    WHERE edition_id = :edition_id GROUP BY edition_id
    """)


def reverse_acceptances(session: Session, edition_id: int, count: int) -> None:
    """Let acceptances be refusals: the mails came back, and are not the reader's fault."""
    if count:
        session.execute(_TAKE_BACK, {"edition_id": edition_id, "count": count})


# Rows that somebody else is folding are left to them. What was before an operator let the edition
# go on stays apart from what came after it, because only the latter counts against it.
_FOLD = text("""
    WITH old AS MATERIALIZED (
        SELECT tally.id FROM tally
        WHERE tally.edition_id = :edition_id AND tally.at < :before
        ORDER BY tally.id
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM tally USING old WHERE tally.id = old.id RETURNING tally.*
    )
    INSERT INTO tally (edition_id, at, accepted, refused, suppressed, expired, uncertain, deferred,
                       faults, no_mailbox, cancelled, reopened)
    SELECT gone.edition_id, min(gone.at), sum(accepted), sum(refused), sum(suppressed),
           sum(expired), sum(uncertain), sum(deferred), sum(faults), sum(no_mailbox),
           sum(cancelled), sum(reopened)
    FROM gone JOIN edition ON edition.id = gone.edition_id
    GROUP BY gone.edition_id, date_bin('10 seconds', gone.at, 'epoch'),
             gone.at >= coalesce(edition.resumed_at, '-infinity')
    """)


def compact(session: Session, edition_id: int, *, before: datetime) -> None:
    """Make one row of what was added in each ten seconds before an instant.

    A send of hours adds some hundred thousand rows, and everybody who looks adds them up.
    """
    session.execute(_FOLD, {"edition_id": edition_id, "before": before})


_SETTLED = text("""
    SELECT coalesce(sum(accepted + refused + suppressed + expired + uncertain), 0)
    FROM tally WHERE edition_id = :edition_id
    """)


def count_settled(session: Session, edition_id: int) -> int:
    """Return how many readers an edition is done with: it grows with any progress of a send.

    Who is put off is none: a letter that cannot be written puts its reader off again and again.
    """
    return int(session.execute(_SETTLED, {"edition_id": edition_id}).scalar_one())


_COURSE = text("""
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
    """Return how an edition has gone since somebody last let it go on."""
    row = session.execute(_COURSE, {"edition_id": edition_id}).one()
    return FailureRates(
        accepted=row.accepted,
        refused=row.refused,
        faults=row.faults,
        hard_bounces=row.no_mailbox + row.bounced,
        complaints=row.complained,
        own_pauses=row.own_pauses,
    )
