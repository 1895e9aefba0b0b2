"""SQL that turns a frozen edition's audience into deliveries and their batches."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import text

from service.kit.db import Session

_OPEN_LIST = text("""
    SELECT edition.id AS edition_id, edition.enrolled_to, edition.section_mask, edition.frozen_at,
           edition.slot_date, edition.slot_time, edition.origin, edition.waves, edition.masks,
           newsletter.time_zone, newsletter.at_readers_time, newsletter.id AS newsletter_id
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.id = :edition_id AND edition.state IN ('frozen', 'rendered')
      AND edition.enrolled_at IS NULL
    FOR UPDATE OF edition
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnrolment:
    """An edition whose audience is being written down, up to which subscriber, and its slot.

    `waves` and `masks` count who was written down so far.
    """

    edition_id: int
    newsletter_id: int
    enrolled_to: int
    section_mask: int
    frozen_at: datetime
    slot_date: date
    slot_time: time
    origin: str
    waves: Mapping[str, int]
    masks: Mapping[str, int]
    time_zone: str
    at_readers_time: bool


def lock_open_enrolment(session: Session, *, edition_id: int) -> OpenEnrolment | None:
    """Lock an edition that still lacks deliveries; None means that it is complete, or too early."""
    row = session.execute(_OPEN_LIST, {"edition_id": edition_id}).one_or_none()
    return None if row is None else OpenEnrolment(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a row's mapping.


# Subscribers in their order, some at a time. What is known of the edition comes as values and not
# by a join, so that the planner walks an index in that order.
_AUDIENCE = """
    subscription.newsletter_id = :newsletter_id AND subscription.state = 'active'
    AND subscription.subscriber_id > :after
    AND coalesce(subscription.confirmed_at, subscription.requested_at) <= :frozen_at
    AND coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint) <> 0
    ORDER BY subscription.subscriber_id
    LIMIT :limit
    """

_ZONES = text(f"""
    SELECT DISTINCT subscriber.time_zone
    FROM (SELECT subscription.subscriber_id FROM subscription WHERE {_AUDIENCE}) AS audience
    JOIN subscriber ON subscriber.id = audience.subscriber_id
    WHERE subscriber.time_zone IS NOT NULL
    """)  # noqa: S608  only a constant of this module is put in.


def reader_time_zones(session: Session, found: OpenEnrolment, *, limit: int) -> list[str]:
    """Return the time zones that the next readers have chosen: nobody else's are needed."""
    return list(session.scalars(_ZONES, _audience_of(found, limit=limit)))


# A batch is a stretch of subscribers within one wave. Its number is taken before its rows are
# written, so that they carry it without a join; each wave takes as many numbers as it could need.
# Batches are cut where their rows are counted, and every row of a stretch is handled once.
_ENROL = f"""
    WITH numbers AS MATERIALIZED (
        SELECT array_agg(nextval('batch_id_seq')) AS ids
        FROM generate_series(1, CAST(:places AS int) * CAST(:batches AS int))
    ), audience AS (
        SELECT subscription.subscriber_id,
               coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint) AS mask,
               {{wave}} AS wave, {{place}} AS place
        FROM subscription {{zones}}
        WHERE {_AUDIENCE}
    ), cut AS MATERIALIZED (
        SELECT subscriber_id, mask, wave,
               (SELECT ids FROM numbers)[
                   place * CAST(:batches AS int)
                   + (row_number() OVER ({{partition}} ORDER BY subscriber_id) - 1) / :size + 1
               ] AS batch_id
        FROM audience
    ), counted AS MATERIALIZED (
        SELECT batch_id, wave, mask, min(subscriber_id) AS first_id, max(subscriber_id) AS last_id,
               count(*) AS readers
        FROM cut GROUP BY batch_id, wave, mask
    ), made AS (
        INSERT INTO batch (id, edition_id, first_id, last_id, due_at, members)
        SELECT batch_id, :edition_id, min(first_id), max(last_id),
               CAST(:now AS timestamptz) + make_interval(mins => wave), {{members}}
        FROM counted {{scattered}} GROUP BY batch_id, wave
    ), written AS (
        INSERT INTO delivery (edition_id, subscriber_id, batch_id, mask, state, wave)
        SELECT :edition_id, subscriber_id, batch_id, mask, 'pending', wave
        FROM cut ORDER BY subscriber_id
    )
    SELECT wave, mask, sum(readers)::bigint AS readers, max(last_id) AS last_id
    FROM counted GROUP BY wave, mask
    """  # noqa: S608  only a constant of this module is put in.
# A stretch is sorted when it has waves: in memory, for this transaction.
_MEMORY = text("SELECT set_config('work_mem', '64MB', true)")
_ENROL_AT_ONCE = text(
    _ENROL.format(wave="0", place="0", zones="", partition="", members="NULL", scattered="")
)
# The few readers of a far zone lie between many others, whom every look at them would pass.
_ENROL_IN_WAVES = text(
    _ENROL.format(
        wave="coalesce(zone.minutes, 0)",
        place="coalesce(zone.place, 0)",
        zones="""
            JOIN subscriber ON subscriber.id = subscription.subscriber_id
            LEFT JOIN unnest(CAST(:names AS text[]), CAST(:minutes AS int[]),
                             CAST(:waits AS int[]))
                AS zone (name, minutes, place) ON zone.name = subscriber.time_zone
            """,
        partition="PARTITION BY place",
        members="min(scattered.members)",
        scattered="""
            LEFT JOIN (
                SELECT batch_id, array_agg(subscriber_id ORDER BY subscriber_id) AS members
                FROM cut GROUP BY batch_id
                HAVING max(subscriber_id) - min(subscriber_id) >= 4 * CAST(:size AS int)
            ) AS scattered USING (batch_id)
            """,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentChunk:
    """How many readers to enrol next, how many in a batch, and their waves.

    `waves` maps a time zone to the minutes that its readers wait; other readers do not.
    """

    limit: int
    size: int
    waves: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledChunk:
    """What a stretch has come to: readers by wave and choice, and the last of them, if any."""

    readers: int
    last_id: int | None
    waves: Mapping[str, int]
    masks: Mapping[str, int]


def enrol_chunk(
    session: Session, found: OpenEnrolment, stretch: EnrolmentChunk, *, now: datetime
) -> EnrolledChunk:
    """Write the deliveries and batches of a stretch, and count them."""
    session.execute(_MEMORY)
    waits = sorted(set(stretch.waves.values()))
    values = _audience_of(found, limit=stretch.limit) | {
        "edition_id": found.edition_id,
        "places": 1 + len(waits),
        "batches": -(-stretch.limit // stretch.size),
        "size": stretch.size,
        "now": now,
    }
    if waits:
        values |= {
            "names": list(stretch.waves),
            "minutes": list(stretch.waves.values()),
            "waits": [1 + waits.index(minutes) for minutes in stretch.waves.values()],
        }
    rows = session.execute(_ENROL_IN_WAVES if waits else _ENROL_AT_ONCE, values).all()
    waves: Counter[str] = Counter()
    masks: Counter[str] = Counter()
    for row in rows:
        waves[str(row.wave)] += row.readers
        masks[str(row.mask)] += row.readers
    return EnrolledChunk(
        readers=waves.total(),
        last_id=max((row.last_id for row in rows), default=None),
        waves=waves,
        masks=masks,
    )


def _audience_of(found: OpenEnrolment, *, limit: int) -> dict[str, object]:
    return {
        "newsletter_id": found.newsletter_id,
        "section_mask": found.section_mask,
        "frozen_at": found.frozen_at,
        "after": found.enrolled_to,
        "limit": limit,
    }


_MARK = text("""
    UPDATE edition
    SET enrolled_to = :enrolled_to, waves = CAST(:waves AS jsonb), masks = CAST(:masks AS jsonb),
        readers = CAST(:readers AS int),
        enrolled_at = CASE WHEN CAST(:readers AS int) IS NOT NULL
                           THEN CAST(:now AS timestamptz) END
    WHERE id = :edition_id
    """)


def save_enrolment_progress(
    session: Session,
    found: OpenEnrolment,
    enrolled: EnrolledChunk,
    *,
    complete: bool,
    now: datetime,
) -> int:
    """Remember how far the audience is written down, or that it is complete.

    Readers are added up stretch by stretch, in the transaction that writes them: counting them
    at the end would read the whole edition again. Returns how many there are so far.
    """
    waves = Counter(found.waves) + Counter(enrolled.waves)
    masks = Counter(found.masks) + Counter(enrolled.masks)
    session.execute(
        _MARK,
        {
            "edition_id": found.edition_id,
            "enrolled_to": enrolled.last_id or found.enrolled_to,
            "waves": json.dumps(waves),
            "masks": json.dumps(masks),
            "readers": waves.total() if complete else None,
            "now": now,
        },
    )
    return waves.total()


# With the usual target PostgreSQL reads 30,000 pages at random: seconds, once there are many
# editions. A tenth of that tells it what it must know, that there is a large new edition.
_ROUGHLY = text("SELECT set_config('default_statistics_target', '10', true)")
_ANALYSE = text("ANALYZE delivery, batch")


def analyse_tables(session: Session) -> None:
    """Let the planner know of many new rows before they are sent; autovacuum looks closer later."""
    session.execute(_ROUGHLY)
    session.execute(_ANALYSE)
