"""SQL of enrolment: a frozen edition's audience becomes deliveries and batches."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import TextClause, text

from service.audience.queries import frequency
from service.audience.queries.frequency import EnrolledRange, SeriesReaders
from service.delivery.enrolment.quiet_waves import WaveSchedule
from service.delivery.lifecycle import DELIVERY
from service.editions.queries import save_audience
from service.kit.db import Session
from service.newsletters.frequency import Frequency

_OPEN_ENROLMENT = text("""
    SELECT edition.id AS edition_id, edition.enrolled_to, edition.section_mask, edition.frozen_at,
           edition.slot_date, edition.slot_time, edition.origin, edition.waves, edition.masks,
           edition.frequency, edition.previous_edition_id,
           newsletter.time_zone, newsletter.at_readers_time, newsletter.id AS newsletter_id,
           newsletter.quiet_from, newsletter.quiet_to, edition.ignores_quiet_hours
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.id = :edition_id AND edition.state IN ('frozen', 'rendered')
      AND edition.enrolled_at IS NULL
    FOR UPDATE OF edition
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnrolment:
    """An edition whose audience is being enrolled, the last enrolled subscriber, and its slot.

    `waves` and `masks` count the enrolled readers by minutes of offset and by choice of sections.
    """

    edition_id: int
    newsletter_id: int
    # None means every reader of the newsletter.
    frequency: Frequency | None
    previous_edition_id: int | None
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
    quiet_from: time | None
    quiet_to: time | None
    ignores_quiet_hours: bool

    @property
    def is_catch_up(self) -> bool:
        """Whether its readers had their last edition in another series."""
        return self.previous_edition_id is not None


def lock_open_enrolment(session: Session, *, edition_id: int) -> OpenEnrolment | None:
    """Lock an edition that still lacks deliveries; None if it is complete or not yet frozen.

    Its readers stay in their series until the transaction ends.
    """
    row = session.execute(_OPEN_ENROLMENT, {"edition_id": edition_id}).one_or_none()
    if row is None:
        return None
    frequency.lock_series(session, row.newsletter_id, exclusive=False)
    return OpenEnrolment(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a row's mapping.


# Subscribers in the order of their ids, a chunk at a time. The edition's facts are parameters and
# not a join, so that the planner walks an index in that order.
_IN_SERIES = "subscription.frequency = :frequency AND subscription.previous_edition_id"
_CHOSE_A_SECTION = "coalesce(subscription.section_mask, -1) & CAST(:section_mask AS bigint)"
_FOLLOWERS = f"{_IN_SERIES} IS NULL AND {_CHOSE_A_SECTION} <> 0"
_CATCHING_UP = f"{_IN_SERIES} = :previous_edition_id AND {_CHOSE_A_SECTION} <> 0"
# What is no digest goes whole to every reader.
_EVERYBODY = "true"
_AUDIENCE = """
    subscription.newsletter_id = :newsletter_id AND subscription.state = 'active'
    AND {readers}
    AND subscription.subscriber_id > :after
    AND coalesce(subscription.confirmed_at, subscription.requested_at) <= :frozen_at
    ORDER BY subscription.subscriber_id
    LIMIT :limit
    """

_ZONES = f"""
    SELECT DISTINCT subscriber.time_zone
    FROM (SELECT subscription.subscriber_id FROM subscription WHERE {_AUDIENCE}) AS audience
    JOIN subscriber ON subscriber.id = audience.subscriber_id
    WHERE subscriber.time_zone IS NOT NULL
    """  # noqa: S608  only a constant of this module is put in.
_ZONES_OF_FOLLOWERS = text(_ZONES.format(readers=_FOLLOWERS))
_ZONES_OF_CATCHING_UP = text(_ZONES.format(readers=_CATCHING_UP))


def reader_time_zones(session: Session, enrolment: OpenEnrolment, *, limit: int) -> list[str]:
    """Return the time zones of the next readers; no others are needed."""
    statement = _ZONES_OF_CATCHING_UP if enrolment.is_catch_up else _ZONES_OF_FOLLOWERS
    return list(session.scalars(statement, _audience_parameters(enrolment, limit=limit)))


# A batch is a range of subscribers with one offset ("wave"). Its id is drawn before its rows are
# written, so that they get it without a join; each wave draws as many ids as it could need. Batches
# are cut and counted in one pass over the rows of a chunk.
_ENROL = f"""
    WITH numbers AS MATERIALIZED (
        SELECT array_agg(nextval('batch_id_seq')) AS ids
        FROM generate_series(1, CAST(:places AS int) * CAST(:batches AS int))
    ), audience AS (
        SELECT subscription.subscriber_id,
               {{mask}} AS mask,
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
        SELECT :edition_id, subscriber_id, batch_id, mask, '{DELIVERY.initial}', wave
        FROM cut ORDER BY subscriber_id
    )
    SELECT wave, mask, sum(readers)::bigint AS readers, max(last_id) AS last_id
    FROM counted GROUP BY wave, mask
    """  # noqa: S608  only a constant of this module is put in.
# A chunk with several waves is sorted: in memory, for this transaction.
_WORK_MEM = text("SELECT set_config('work_mem', '64MB', true)")
_ONE_WAVE = {
    "wave": "CAST(:home_wave AS int)",
    "place": "0",
    "zones": "",
    "partition": "",
    "members": "NULL",
    "scattered": "",
}
# The few readers of a far zone lie between many others, which every scan of their range would read.
_WAVES = {
    "wave": "coalesce(zone.minutes, CAST(:home_wave AS int))",
    "place": "coalesce(zone.place, 0)",
    "zones": """
        JOIN subscriber ON subscriber.id = subscription.subscriber_id
        LEFT JOIN unnest(CAST(:names AS text[]), CAST(:minutes AS int[]),
                         CAST(:waits AS int[]))
            AS zone (name, minutes, place) ON zone.name = subscriber.time_zone
        """,
    "partition": "PARTITION BY place",
    "members": "min(scattered.members)",
    "scattered": """
        LEFT JOIN (
            SELECT batch_id, array_agg(subscriber_id ORDER BY subscriber_id) AS members
            FROM cut GROUP BY batch_id
            HAVING max(subscriber_id) - min(subscriber_id) >= 4 * CAST(:size AS int)
        ) AS scattered USING (batch_id)
        """,
}
_CHOSEN_MASK = {"mask": _CHOSE_A_SECTION}
_WHOLE_MASK = {"mask": "CAST(:section_mask AS bigint)"}
_ENROL_FOLLOWERS = text(_ENROL.format(readers=_FOLLOWERS, **_CHOSEN_MASK, **_ONE_WAVE))
_ENROL_FOLLOWERS_IN_WAVES = text(_ENROL.format(readers=_FOLLOWERS, **_CHOSEN_MASK, **_WAVES))
_ENROL_CATCHING_UP = text(_ENROL.format(readers=_CATCHING_UP, **_CHOSEN_MASK, **_ONE_WAVE))
_ENROL_CATCHING_UP_IN_WAVES = text(_ENROL.format(readers=_CATCHING_UP, **_CHOSEN_MASK, **_WAVES))
_ENROL_EVERYBODY = text(_ENROL.format(readers=_EVERYBODY, **_WHOLE_MASK, **_ONE_WAVE))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentChunk:
    """How many readers to enrol next, how many per batch, and the minutes that they wait."""

    limit: int
    batch_size: int
    offsets: WaveSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledChunk:
    """An enrolled chunk: its readers by wave and by choice of sections, and the last one's id."""

    readers: int
    last_id: int | None
    waves: Mapping[str, int]
    masks: Mapping[str, int]


def enrol_chunk(
    session: Session, enrolment: OpenEnrolment, chunk: EnrolmentChunk, *, now: datetime
) -> EnrolledChunk:
    """Write the deliveries and batches of a chunk, and count its readers."""
    session.execute(_WORK_MEM)
    by_zone = chunk.offsets.by_zone
    waits = sorted(set(by_zone.values()))
    values = _audience_parameters(enrolment, limit=chunk.limit) | {
        "edition_id": enrolment.edition_id,
        "places": 1 + len(waits),
        "batches": -(-chunk.limit // chunk.batch_size),
        "size": chunk.batch_size,
        "now": now,
        "home_wave": chunk.offsets.home,
    }
    if waits:
        values |= {
            "names": list(by_zone),
            "minutes": list(by_zone.values()),
            "waits": [1 + waits.index(minutes) for minutes in by_zone.values()],
        }
    rows = session.execute(_enrol_statement(enrolment, has_waves=bool(waits)), values).all()
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


def _enrol_statement(enrolment: OpenEnrolment, *, has_waves: bool) -> TextClause:
    if enrolment.frequency is None:
        return _ENROL_EVERYBODY
    if enrolment.is_catch_up:
        return _ENROL_CATCHING_UP_IN_WAVES if has_waves else _ENROL_CATCHING_UP
    return _ENROL_FOLLOWERS_IN_WAVES if has_waves else _ENROL_FOLLOWERS


def pass_readers_on(
    session: Session, enrolment: OpenEnrolment, enrolled: EnrolledChunk, *, complete: bool
) -> None:
    """Store which readers have had their place in a catch-up edition."""
    if enrolment.previous_edition_id is None or enrolment.frequency is None:
        return
    frequency.pass_on(
        session,
        SeriesReaders(newsletter_id=enrolment.newsletter_id, frequency=enrolment.frequency),
        EnrolledRange(
            edition_id=enrolment.edition_id,
            previous_edition_id=enrolment.previous_edition_id,
            frozen_at=enrolment.frozen_at,
            after=enrolment.enrolled_to,
            up_to=None if complete else enrolled.last_id,
        ),
    )


def _audience_parameters(enrolment: OpenEnrolment, *, limit: int) -> dict[str, object]:
    return {
        "newsletter_id": enrolment.newsletter_id,
        "frequency": enrolment.frequency,
        "previous_edition_id": enrolment.previous_edition_id,
        "section_mask": enrolment.section_mask,
        "frozen_at": enrolment.frozen_at,
        "after": enrolment.enrolled_to,
        "limit": limit,
    }


def save_enrolment_progress(
    session: Session,
    enrolment: OpenEnrolment,
    enrolled: EnrolledChunk,
    *,
    complete: bool,
    now: datetime,
) -> int:
    """Save how far the audience is enrolled, or that it is complete; return the readers so far.

    They are added up chunk by chunk, in the transaction that writes them: counting them at the end
    would read the whole edition again.
    """
    waves = Counter(enrolment.waves) + Counter(enrolled.waves)
    masks = Counter(enrolment.masks) + Counter(enrolled.masks)
    save_audience(
        session,
        enrolment.edition_id,
        enrolled_to=enrolled.last_id or enrolment.enrolled_to,
        waves=waves,
        masks=masks,
        complete_at=now if complete else None,
    )
    return waves.total()


# With the default target PostgreSQL samples 30,000 pages: seconds, once there are many editions. A
# tenth is enough to see that there is a large new edition.
_SMALL_SAMPLE = text("SELECT set_config('default_statistics_target', '10', true)")
_ANALYSE = text("ANALYZE delivery, batch")


def analyse_tables(session: Session) -> None:
    """Update the planner's statistics after many new rows; autovacuum analyses them fully later."""
    session.execute(_SMALL_SAMPLE)
    session.execute(_ANALYSE)
