"""SQL that turns a frozen edition's audience into deliveries and their batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import text

from service.kit.db import Session

_OPEN_LIST = text("""
    SELECT edition.id AS edition_id, edition.enrolled_to, edition.section_mask, edition.frozen_at,
           edition.slot_date, edition.slot_time, edition.origin,
           newsletter.time_zone, newsletter.at_readers_time, newsletter.id AS newsletter_id
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.id = :edition_id AND edition.state IN ('frozen', 'rendered')
      AND edition.enrolled_at IS NULL
    FOR UPDATE OF edition
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenList:
    """An edition whose audience is being written down, up to which subscriber, and its slot."""

    edition_id: int
    newsletter_id: int
    enrolled_to: int
    section_mask: int
    frozen_at: datetime
    slot_date: date
    slot_time: time
    origin: str
    time_zone: str
    at_readers_time: bool


def lock_open_list(session: Session, *, edition_id: int) -> OpenList | None:
    """Lock an edition that still lacks deliveries; None means that it is complete, or too early."""
    row = session.execute(_OPEN_LIST, {"edition_id": edition_id}).one_or_none()
    return None if row is None else OpenList(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a row's mapping.


_ZONES = text("""
    SELECT DISTINCT subscriber.time_zone
    FROM subscription JOIN subscriber ON subscriber.id = subscription.subscriber_id
    WHERE subscription.newsletter_id = :newsletter_id AND subscription.state = 'active'
      AND subscriber.time_zone IS NOT NULL
    """)


def zones(session: Session, *, newsletter_id: int) -> list[str]:
    """Return the time zones that a newsletter's readers have chosen."""
    return list(session.scalars(_ZONES, {"newsletter_id": newsletter_id}))


# Subscribers in their order, some at a time: a batch is a stretch of them within one wave. What is
# known of the edition comes as values and not by a join, and a batch is found by one key, so that
# the planner walks the index of active subscriptions, and hashes.
_ENROL = """
    WITH audience AS MATERIALIZED (
        SELECT subscription.subscriber_id,
               coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint) AS mask,
               {wave} AS wave
        FROM subscription {zones}
        WHERE subscription.newsletter_id = :newsletter_id AND subscription.state = 'active'
          AND subscription.subscriber_id > :after
          AND coalesce(subscription.confirmed_at, subscription.requested_at) <= :frozen_at
          AND coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint) <> 0
        ORDER BY subscription.subscriber_id
        LIMIT :limit
    ), sliced AS MATERIALIZED (
        SELECT subscriber_id, mask, wave,
               wave * CAST(:limit AS bigint)
                   + (row_number() OVER (PARTITION BY wave ORDER BY subscriber_id) - 1) / :size
                   AS slice
        FROM audience
    ), made AS (
        INSERT INTO batch (edition_id, first_id, last_id, due_at)
        SELECT :edition_id, min(subscriber_id), max(subscriber_id),
               CAST(:now AS timestamptz) + make_interval(mins => wave)
        FROM sliced GROUP BY wave, slice
        RETURNING id, first_id, last_id
    ), placed AS MATERIALIZED (
        SELECT made.id, sliced.slice
        FROM made JOIN sliced ON sliced.subscriber_id = made.first_id
    ), written AS (
        INSERT INTO delivery (edition_id, subscriber_id, batch_id, mask, state, wave)
        SELECT :edition_id, sliced.subscriber_id, placed.id, sliced.mask, 'pending', sliced.wave
        FROM sliced JOIN placed USING (slice)
        ORDER BY sliced.subscriber_id
    )
    SELECT count(*), max(subscriber_id) FROM audience
    """
# A stretch is sorted twice: in memory, for this transaction.
_MEMORY = text("SELECT set_config('work_mem', '64MB', true)")
_ENROL_AT_ONCE = text(_ENROL.format(wave="0", zones=""))
_ENROL_IN_WAVES = text(
    _ENROL.format(
        wave="coalesce(zone.minutes, 0)",
        zones="""
            JOIN subscriber ON subscriber.id = subscription.subscriber_id
            LEFT JOIN unnest(CAST(:names AS text[]), CAST(:minutes AS int[]))
                AS zone (name, minutes) ON zone.name = subscriber.time_zone
            """,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How many readers to enrol next, how many in a batch, and their waves.

    `waves` maps a time zone to the minutes that its readers wait; other readers do not.
    """

    limit: int
    size: int
    waves: Mapping[str, int]


def enrol_some(
    session: Session, found: OpenList, stretch: Stretch, *, now: datetime
) -> tuple[int, int | None]:
    """Write deliveries and batches; return how many, and the last subscriber (None: nobody)."""
    session.execute(_MEMORY)
    values: dict[str, object] = {
        "edition_id": found.edition_id,
        "newsletter_id": found.newsletter_id,
        "section_mask": found.section_mask,
        "frozen_at": found.frozen_at,
        "after": found.enrolled_to,
        "limit": stretch.limit,
        "size": stretch.size,
        "now": now,
    }
    if stretch.waves:
        values |= {"names": list(stretch.waves), "minutes": list(stretch.waves.values())}
        row = session.execute(_ENROL_IN_WAVES, values).one()
    else:
        row = session.execute(_ENROL_AT_ONCE, values).one()
    return int(row[0]), row[1]


_MARK = text("""
    UPDATE edition
    SET enrolled_to = :enrolled_to,
        enrolled_at = CASE WHEN :complete THEN CAST(:now AS timestamptz) END
    WHERE id = :edition_id
    """)


def mark_enrolled(
    session: Session, *, edition_id: int, enrolled_to: int, complete: bool, now: datetime
) -> None:
    """Remember how far the audience is written down, or that it is complete."""
    session.execute(
        _MARK,
        {
            "edition_id": edition_id,
            "enrolled_to": enrolled_to,
            "complete": complete,
            "now": now,
        },
    )


_ANALYSE = text("ANALYZE delivery, batch")


def analyse(session: Session) -> None:
    """Let the planner know of many new rows before they are sent."""
    session.execute(_ANALYSE)


_COUNT = text("""
    WITH wave AS (
        SELECT wave AS minutes, count(*) AS readers
        FROM delivery WHERE edition_id = :edition_id GROUP BY wave
    )
    UPDATE edition
    SET readers = coalesce((SELECT sum(readers) FROM wave), 0),
        waves = coalesce((SELECT jsonb_object_agg(minutes, readers) FROM wave), '{}')
    WHERE id = :edition_id
    RETURNING readers
    """)


def count_readers(session: Session, *, edition_id: int) -> int:
    """Write down how many readers an edition has, in all and in each wave; return how many."""
    readers: int = session.execute(_COUNT, {"edition_id": edition_id}).scalar_one()
    return readers


_WITHOUT_RENDITION = text("""
    SELECT DISTINCT delivery.mask FROM delivery
    WHERE delivery.edition_id = :edition_id AND NOT EXISTS (
        SELECT FROM rendition
        WHERE rendition.edition_id = delivery.edition_id AND rendition.mask = delivery.mask)
    ORDER BY delivery.mask
    """)


def masks_without_rendition(session: Session, *, edition_id: int) -> list[int]:
    """Return the choices of enrolled readers that nobody has rendered."""
    return list(session.scalars(_WITHOUT_RENDITION, {"edition_id": edition_id}))
