"""SQL of enrolment: a frozen edition's audience becomes deliveries and batches."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import text

from service.audience.queries import frequency
from service.audience.queries.frequency import EnrolledRange, SeriesReaders
from service.delivery.enrolment.queries import statements
from service.delivery.enrolment.queries.alerts import AlertCap, RepeatedAlerts, RepeatedDigests
from service.delivery.enrolment.queries.statements import Audience
from service.delivery.enrolment.quiet_waves import WaveSchedule
from service.editions.kind import EditionKind
from service.editions.queries import save_audience
from service.kit.db import Session
from service.newsletters.frequency import Frequency

_OPEN_ENROLMENT = text("""
    SELECT edition.id AS edition_id, edition.enrolled_to, edition.section_mask, edition.frozen_at,
           edition.slot_date, edition.slot_time, edition.origin, edition.waves, edition.masks,
           edition.frequency, edition.previous_edition_id, edition.kind,
           newsletter.time_zone, newsletter.at_readers_time, newsletter.id AS newsletter_id,
           newsletter.quiet_from, newsletter.quiet_to, edition.ignores_quiet_hours,
           newsletter.alerts_per_reader,
           subject_test.sample_percent, subject_test.seed AS sample_seed
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    LEFT JOIN subject_test ON subject_test.edition_id = edition.id
                          AND subject_test.state = 'prepared'
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
    kind: EditionKind
    # None means readers of every series.
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
    # Alerts that a reader gets in a day at most.
    alerts_per_reader: int
    # Of its subject test; None without one.
    sample_percent: int | None
    sample_seed: int | None

    @property
    def is_sampled(self) -> bool:
        """Whether some of its readers get its second subject first."""
        return self.sample_percent is not None

    @property
    def is_alert(self) -> bool:
        """Whether it is for those who have chosen alerts."""
        return self.kind is EditionKind.ALERT

    @property
    def audience(self) -> Audience:
        """Whom it is for."""
        if self.is_alert:
            return Audience.ALERTED
        if self.kind is EditionKind.CORRECTION:
            return Audience.MISINFORMED
        if self.frequency is None:
            return Audience.EVERYBODY
        return Audience.CATCHING_UP if self.is_catch_up else Audience.FOLLOWERS

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

    return OpenEnrolment(**{**row._mapping, "kind": EditionKind(row.kind)})  # noqa: SLF001


def reader_time_zones(session: Session, enrolment: OpenEnrolment, *, limit: int) -> list[str]:
    """Return the time zones of the next readers; no others are needed."""
    statement = statements.zones_statement(enrolment.audience)
    return list(session.scalars(statement, _audience_parameters(enrolment, limit=limit)))


# A chunk with several waves is sorted: in memory, for this transaction.
_WORK_MEM = text("SELECT set_config('work_mem', '64MB', true)")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentChunk:
    """How many readers to enrol next, how many per batch, and the minutes that they wait."""

    limit: int
    batch_size: int
    offsets: WaveSchedule
    # Of an alert.
    cap: AlertCap | None = None
    # Of a digest, where alerts have carried some of it; of an alert, where digests have.
    repeated: RepeatedAlerts | RepeatedDigests | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledChunk:
    """An enrolled chunk: its readers by wave, by choice of sections and by sample; the last id.

    `walked` counts the readers up to there, also those who get no message.
    """

    walked: int
    last_id: int | None
    waves: Mapping[str, int]
    masks: Mapping[str, int]
    samples: Mapping[int, int]


def enrol_chunk(
    session: Session, enrolment: OpenEnrolment, chunk: EnrolmentChunk, *, now: datetime
) -> EnrolledChunk:
    """Write the deliveries and batches of a chunk, and count its readers."""
    session.execute(_WORK_MEM)
    by_zone = chunk.offsets.by_zone
    waits = sorted(set(by_zone.values()))
    values = _audience_parameters(enrolment, limit=chunk.limit) | {
        "edition_id": enrolment.edition_id,
        "places": (1 + len(waits)) * (2 if enrolment.is_sampled else 1),
        "batches": -(-chunk.limit // chunk.batch_size),
        "size": chunk.batch_size,
        "now": now,
        "home_wave": chunk.offsets.home,
    }
    if enrolment.is_sampled:
        values |= {
            "sample_percent": enrolment.sample_percent,
            "sample_seed": enrolment.sample_seed,
        }
    if waits:
        values |= {
            "names": list(by_zone),
            "minutes": list(by_zone.values()),
            "waits": [1 + waits.index(minutes) for minutes in by_zone.values()],
        }
    if chunk.cap is not None:
        values |= chunk.cap.parameters(chunk.offsets)
    if chunk.repeated is not None:
        values |= chunk.repeated.parameters()
    statement = statements.enrol_statement(
        enrolment.audience,
        has_waves=bool(waits),
        is_repeated=chunk.repeated is not None,
        is_sampled=enrolment.is_sampled,
    )
    rows = session.execute(statement, values).all()
    waves: Counter[str] = Counter()
    masks: Counter[str] = Counter()
    samples: Counter[int] = Counter()
    walked = next((row.readers for row in rows if row.wave is None), None)
    for row in rows:
        if row.wave is None:
            continue
        waves[str(row.wave)] += row.readers
        masks[str(row.mask)] += row.readers
        samples[row.sample or 0] += row.readers
    return EnrolledChunk(
        walked=waves.total() if walked is None else walked,
        last_id=max((row.last_id for row in rows if row.last_id is not None), default=None),
        waves=waves,
        masks=masks,
        samples=samples,
    )


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
        "correction_id": enrolment.edition_id,
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


_DISSOLVE = text("""
    WITH freed AS (
        UPDATE batch SET awaits_test = false WHERE edition_id = :edition_id AND awaits_test
    )
    UPDATE delivery SET sample = NULL WHERE edition_id = :edition_id AND sample IS NOT NULL
    """)


def dissolve_sample(session: Session, edition_id: int) -> None:
    """Make all readers of an edition that is not being sent yet those of its first subject."""
    session.execute(_DISSOLVE, {"edition_id": edition_id})


# With the default target PostgreSQL samples 30,000 pages: seconds, once there are many editions. A
# tenth is enough to see that there is a large new edition.
_SMALL_SAMPLE = text("SELECT set_config('default_statistics_target', '10', true)")
_ANALYSE = text("ANALYZE delivery, batch")


def analyse_tables(session: Session) -> None:
    """Update the planner's statistics after many new rows; autovacuum analyses them fully later."""
    session.execute(_SMALL_SAMPLE)
    session.execute(_ANALYSE)
