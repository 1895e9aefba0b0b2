"""How far an edition is, how fast it goes and how long it will take, for operators who watch it.

It adds up the sums that senders leave with each group of outcomes, so that looking costs the same
for a thousand readers and for a million. The ledger counts every row and is the truth; at the end
of an edition both say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from service.editions.lifecycle import FINAL, EditionState
from service.editions.queries import PROGRESS_CHANNEL as CHANNEL
from service.editions.subject_test import find_subject_test
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.translatable import TranslatableMessage, json_fields, message_or_none
from service.reports.queries import progress as queries

RESULT_NAMES = ("accepted", "refused", "suppressed", "expired", "cancelled", "uncertain")
"""The states in which a delivery rests; cancelled is an expiry that an operator has caused."""

RATE_WINDOW = timedelta(seconds=10)
"""What “now” means for a rate."""

SERIES_STEP = timedelta(seconds=10)
MAX_POINTS = 120
MAX_COUNTED_RETRIES = 20_000
"""Beyond this, deliveries that wait for another attempt are not counted any further."""

__all__ = [
    "CHANNEL",
    "DeliveryWave",
    "EditionProgress",
    "ThroughputSeries",
    "edition_totals",
    "get_progress",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWave:
    """Readers whose clocks show the slot's time at the same instant."""

    at: datetime
    readers: int
    has_begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughputSeries:
    """Messages handed over in equal stretches of time, oldest first; at most `MAX_POINTS`."""

    since: datetime
    step: timedelta
    messages: Sequence[int]

    @property
    def until(self) -> datetime:
        """Return where the last stretch ends."""
        return self.since + self.step * len(self.messages)

    @property
    def per_second(self) -> list[float]:
        """Return the rate of each stretch."""
        return [count / self.step.total_seconds() for count in self.messages]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionProgress:
    """An edition on its way.

    `readers` is None until everybody is enrolled. `rate` is in messages a second, over the last
    ten; `left` is None while nothing moves, and while two subjects are tested, until `tests_until`.
    """

    edition_id: int
    state: EditionState
    readers: int | None
    counts: Mapping[str, int]
    came_back: Mapping[str, int]
    waiting: int
    paused: bool
    held: bool
    note: TranslatableMessage | None
    rate: float = 0.0
    left: timedelta | None = None
    tests_until: datetime | None = None
    waves: Sequence[DeliveryWave] = ()
    series: ThroughputSeries | None = field(default=None)

    @property
    def settled(self) -> int:
        """Count the deliveries that have come to their end."""
        return sum(self.counts.get(line, 0) for line in RESULT_NAMES)

    @property
    def pending(self) -> int:
        """Count the deliveries that have not; among them those that wait for another attempt."""
        return max(0, (self.readers or 0) - self.settled)

    @property
    def later(self) -> Sequence[DeliveryWave]:
        """Return the waves whose time has not come, the next one first."""
        return [wave for wave in self.waves if not wave.has_begun]

    @property
    def is_final(self) -> bool:
        """Whether the edition has ended and nothing is pending any more."""
        return self.state in FINAL and not self.pending

    def as_dict(self) -> dict[str, Any]:
        """Return what `crieur edition watch --json` prints."""
        return {
            "edition": self.edition_id,
            "state": self.state.value,
            "paused": self.paused,
            **json_fields("note", self.note),
            "readers": self.readers,
            **{line: self.counts.get(line, 0) for line in RESULT_NAMES},
            # As in the ledger, where those who were cancelled are among them.
            "expired": self.counts.get("expired", 0) + self.counts.get("cancelled", 0),
            "pending": self.pending,
            "deferred": self.waiting,
            "per_second": round(self.rate, 1),
            "seconds_left": None if self.left is None else round(self.left.total_seconds()),
            "tests_until": _iso(self.tests_until),
        }

    def as_lines(self) -> list[tuple[str, Any]]:
        """Return what people are shown: a cancelled delivery is not called expired."""
        values = self.as_dict() | {"expired": self.counts.get("expired", 0)}
        return [
            (name, value)
            for name, value in values.items()
            if not name.startswith("note_") and (name != "tests_until" or value)
        ]


def get_progress(session: Session, edition_id: int, *, now: datetime) -> EditionProgress:
    """Return how far an edition is at `now` (aware); raise NotFound."""
    row = next(iter(queries.edition_totals(session, [edition_id])), None)
    if row is None:
        raise NotFound(f"There is no edition {edition_id}: see 'crieur edition list'.")
    state = EditionState(row.state)
    counts = {line: getattr(row, line) for line in RESULT_NAMES}
    waves = _waves(row.waves, row.enrolled_at, now=now)
    is_going = state is EditionState.SENDING and row.paused_at is None and row.first_at is not None
    messages, settled = (
        queries.recent_totals(session, edition_id, since=now - RATE_WINDOW) if is_going else (0, 0)
    )
    seconds = _seconds(row.first_at, now) if is_going and row.first_at else 1.0
    due = (
        (row.readers or 0) - sum(counts.values()) - sum(w.readers for w in waves if not w.has_begun)
    )
    tests_until = _tests_until(session, edition_id, now=now) if is_going else None
    return EditionProgress(
        edition_id=edition_id,
        state=state,
        readers=row.readers,
        counts=counts,
        came_back={"bounced": row.bounced, "complained": row.complained},
        waiting=0
        if state in FINAL
        else queries.count_waiting_retries(session, edition_id, most=MAX_COUNTED_RETRIES),
        paused=row.paused_at is not None and state not in FINAL,
        held=row.held_at is not None and state not in FINAL,
        note=message_or_none(row.note),
        rate=messages / seconds,
        left=None if tests_until else _left(due, settled / seconds, row.per_minute),
        tests_until=tests_until,
        waves=waves,
        series=_series(session, row, now=now if is_going else None),
    )


def edition_totals(
    session: Session, edition_ids: Sequence[int]
) -> dict[int, tuple[Mapping[str, int], Mapping[str, int]]]:
    """Return the lines of some editions' books with `pending`, and what came back."""
    found: dict[int, tuple[Mapping[str, int], Mapping[str, int]]] = {}
    for row in queries.edition_totals(session, edition_ids):
        counts = {line: getattr(row, line) for line in RESULT_NAMES}
        counts["pending"] = max(0, (row.readers or 0) - sum(counts.values()))
        found[row.id] = (counts, {"bounced": row.bounced, "complained": row.complained})
    return found


def _tests_until(session: Session, edition_id: int, *, now: datetime) -> datetime | None:
    """Return when the other readers' subject is decided; None if they do not wait for that."""
    test = find_subject_test(session, edition_id)
    if test is None or not test.is_running or test.decides_at is None or test.decides_at <= now:
        return None
    return test.decides_at


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _left(due: int, rate: float, per_minute: int | None) -> timedelta | None:
    """Return how long `due` messages take at a rate a second, and no less than a throttle asks.

    The burst that a throttle allows at the start says nothing of the rest.
    """
    if due <= 0 or not rate:
        return None
    return timedelta(seconds=due / min(rate, per_minute / 60 if per_minute else rate))


def _seconds(first_at: datetime, now: datetime) -> float:
    """Return how many of the last seconds count: less than ten for what has just begun."""
    return min(max((now - first_at).total_seconds(), 1.0), RATE_WINDOW.total_seconds())


def _waves(
    readers_by_minutes: Mapping[str, int], start: datetime | None, *, now: datetime
) -> list[DeliveryWave]:
    """Return the waves in their order; there are none if all readers get it at the same time."""
    if start is None or not readers_by_minutes or set(readers_by_minutes) == {"0"}:
        return []
    instants = sorted((int(minutes), count) for minutes, count in readers_by_minutes.items())
    return [
        DeliveryWave(
            at=(at := start + timedelta(minutes=minutes)),
            readers=count,
            has_begun=at <= now,
        )
        for minutes, count in instants
    ]


def _series(
    session: Session, row: queries.EditionTotalsRow, *, now: datetime | None
) -> ThroughputSeries | None:
    """Return the messages in steps of ten seconds, or longer ones if these would be too many.

    While it goes on, at `now`, the step that is not over yet would look like a fall: it is left
    out.
    """
    if row.first_at is None or row.last_at is None:
        return None
    lasted = (now or row.last_at) - row.first_at + timedelta(microseconds=1)
    step = SERIES_STEP * max(1, -(-lasted // (SERIES_STEP * MAX_POINTS)))
    points = max(1, lasted // step if now else -(-lasted // step))
    until = row.first_at + step * points
    found = queries.throughput(session, row.id, since=row.first_at, until=until, step=step)
    return ThroughputSeries(
        since=row.first_at, step=step, messages=[found.get(point, 0) for point in range(points)]
    )
