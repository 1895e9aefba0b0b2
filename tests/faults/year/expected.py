"""What a newsletter's readers must get: its series, their slots, and a pile for each reader.

The rules are those of docs/schedule.md, told again without the product's code.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import NewsletterDraft
from tests.faults.year.naive_slots import WallClock, slots_of
from tests.faults.year.newsroom import limits_of, offered
from tests.faults.year.unread import Desk, Outcome, Story, look

ON_TIME = timedelta(minutes=15)

Slot = tuple[date, time]


@dataclass(slots=True, kw_only=True)
class Reader:
    """A reader of one newsletter, and what they have not read yet."""

    subscriber_id: int
    frequency: str
    mask: int | None
    # Everything that they were sent.
    had: set[int] = field(default_factory=set)
    # What they have not read; None while they have what their series has.
    pile: set[int] | None = None
    # Until their first edition: what they would get first, by the frequency that they choose.
    at_first: dict[str, set[int]] | None = None
    is_active: bool = True
    # Who has left and come back is only promised that nothing comes twice.
    is_exact: bool = True


@dataclass(slots=True, kw_only=True)
class Series:
    """The editions of one frequency."""

    slots: Mapping[datetime, Slot]
    instants: Sequence[datetime]
    pile: set[int] = field(default_factory=set)
    desk: Desk = field(default_factory=Desk)
    # Slots whose draft was cancelled.
    cancelled: set[Slot] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEdition:
    """What becomes of a slot, and which articles each reader gets in it.

    A reader whose part is None is only promised that nothing comes twice.
    """

    frequency: str
    slot: Slot
    instant: datetime
    outcome: Outcome
    readers: Mapping[int, frozenset[int] | None]


class ExpectedNewsletter:
    """One newsletter of the year."""

    def __init__(
        self,
        draft: NewsletterDraft,
        details: NewsletterDetails,
        clock: WallClock,
        *,
        first: date,
        last: date,
        holidays: frozenset[date],
    ) -> None:
        self.draft = draft
        self.details = details
        self.clock = clock
        self.readers: dict[int, Reader] = {}
        self.stories: dict[int, Story] = {}
        self.limits = limits_of(draft)
        schedule = {name: getattr(draft, name) for name in ("times", "daily_at", "weekly_at")}
        self.series: dict[str, Series] = {}
        for each in offered(schedule):
            slots = slots_of(draft, each.value, clock, first=first, last=last, holidays=holidays)
            self.series[each.value] = Series(slots=slots, instants=tuple(slots))
        self._bits = {each.name: each.bit for each in details.sections}
        self._numbers = {each.name: number for number, each in enumerate(draft.sections)}

    def bit_of(self, article_id: int) -> int:
        """Return the bit of an article's section."""
        name = self.draft.sections[self.stories[article_id].section].name
        return self._bits[name]

    def takes(self, language: str, section: str) -> bool:
        """Return whether such an article is this newsletter's."""
        return language == self.draft.locale and section in self._numbers

    def arrive(
        self, article_id: int, section: str, *, seen: datetime, published: datetime | None
    ) -> None:
        """Let an article fall on every pile."""
        self.stories[article_id] = Story(
            id=article_id,
            section=self._numbers[section],
            seen=seen,
            newest_by=min(published or seen, seen),
        )
        for pile in self._piles():
            pile.add(article_id)

    def _piles(self) -> Iterator[set[int]]:
        yield from (each.pile for each in self.series.values())
        for reader in self.readers.values():
            if reader.pile is not None:
                yield reader.pile
            yield from (reader.at_first or {}).values()

    # Readers.

    def join(self, subscriber_id: int, frequency: str, mask: int | None) -> None:
        """Let somebody become a reader; who has been one before is only promised nothing twice."""
        before = self.readers.get(subscriber_id)
        self.readers[subscriber_id] = Reader(
            subscriber_id=subscriber_id,
            frequency=frequency,
            mask=mask,
            had=before.had if before else set(),
            at_first={name: set(each.pile) for name, each in self.series.items()},
            is_exact=before is None,
        )

    def change_frequency(self, reader: Reader, frequency: str) -> None:
        """Let a reader keep what they have not read, and get it at the slots of another series."""
        if reader.frequency == frequency:
            return
        if reader.at_first is not None:
            reader.pile = reader.at_first[frequency]
        elif reader.pile is None:
            reader.pile = set(self.series[reader.frequency].pile)
        reader.at_first = None
        reader.frequency = frequency

    # Slots.

    def due(self, *, since: datetime, now: datetime) -> list[ExpectedEdition]:
        """Return what becomes of the slots since a time at which all schedulers have looked."""
        found = []
        for frequency, series in self.series.items():
            index = bisect_right(series.instants, now) - 1
            latest = series.instants[max(index, 0)]
            if index < 0 or latest <= since or series.slots[latest] in series.cancelled:
                continue
            expected = self._edition(frequency, series, latest, lateness=now - latest)
            found += [expected] if expected is not None else []
        return found

    def _edition(
        self, frequency: str, series: Series, instant: datetime, *, lateness: timedelta
    ) -> ExpectedEdition | None:
        policy = self.draft.missed_slots.value
        is_missed = lateness > ON_TIME
        if policy == "late" and lateness > (self.draft.late_within or self.draft.valid_for):
            return None
        what = policy if is_missed and policy != "late" else "send"
        outcome = self._read(series.pile, series.desk, what, instant)
        readers: dict[int, frozenset[int] | None] = {}
        for reader in self.readers.values():
            if not reader.is_active or reader.frequency != frequency:
                continue
            readers[reader.subscriber_id] = self._reads(
                reader, series, outcome, what=what, instant=instant
            )
        series.pile = set(outcome.left)
        if what != "merge":
            series.desk = Desk()
        return ExpectedEdition(
            frequency=frequency,
            slot=series.slots[instant],
            instant=instant,
            outcome=outcome,
            readers=readers,
        )

    def _reads(
        self, reader: Reader, series: Series, outcome: Outcome, *, what: str, instant: datetime
    ) -> frozenset[int] | None:
        reader.at_first = None
        if reader.pile is not None:
            thrown_away = series.desk.pinned - reader.pile - reader.had
            if thrown_away and reader.is_exact:
                # Whether a pinned article is new to them depends on sections they once had.
                reader.is_exact = False
            outcome = self._read(reader.pile, series.desk, what, instant)
            reader.pile = set(outcome.left)
        if not reader.is_exact:
            return None
        mask = reader.mask
        return frozenset(
            each for each in outcome.sent if mask is None or mask >> self.bit_of(each) & 1
        )

    def _read(self, pile: set[int], desk: Desk, what: str, instant: datetime) -> Outcome:
        if what == "send":
            return look(pile, self.stories, self.limits, desk)
        if what == "merge":
            nothing: frozenset[int] = frozenset()
            return Outcome(
                sent=nothing, left=frozenset(pile), waiting=nothing, why="edition.missed.merged"
            )
        old = {each for each in pile if self.stories[each].seen < instant}
        waiting = look(old, self.stories, self.limits, desk).waiting
        return Outcome(
            sent=frozenset(),
            left=frozenset(pile - old) | waiting,
            waiting=waiting,
            why="edition.missed.skipped",
        )
