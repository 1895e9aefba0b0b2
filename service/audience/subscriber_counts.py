"""Pure: how many readers each newsletter has: summed from counted rows, stored as JSON."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.audience.lifecycle import SubscriptionState

SUPPRESSED = "suppressed"
"""Counted like a state: active subscriptions of suppressed readers."""

CountedRow = tuple[int, str, int | None, str, int]
"""Newsletter, state, section mask, frequency, count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterCounts:
    """The readers of one newsletter, by state and, for the active, by section."""

    states: Mapping[str, int]
    # Active readers of every section, including future ones.
    all_sections: int
    # Active readers with a selection, by the section's bit: at most 62 numbers, although there
    # may be as many different selections as readers.
    by_bit: Mapping[int, int]
    # Active readers by frequency; those without any are absent.
    by_frequency: Mapping[str, int] = field(default_factory=dict)

    def receiving(self, bit: int) -> int:
        """Return how many active readers receive the section of a bit."""
        return self.all_sections + self.by_bit.get(bit, 0)


NO_SUBSCRIBERS = NewsletterCounts(states={}, all_sections=0, by_bit={})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberCounts:
    """The counts of every newsletter."""

    by_newsletter: Mapping[int, NewsletterCounts]
    # When they were counted; None means now.
    counted_at: datetime | None = None

    def of(self, newsletter_id: int) -> NewsletterCounts:
        """Return the counts of a newsletter; empty if it is newer than the counts."""
        return self.by_newsletter.get(newsletter_id, NO_SUBSCRIBERS)

    @property
    def subscriptions(self) -> int:
        """The number of subscriptions in any state."""
        return sum(sum(counts.states.values()) for counts in self.by_newsletter.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceCounts:
    """The readers of one newsletter by frequency and by choice of sections."""

    # Frequency, section mask, count; a mask of None is every section.
    rows: tuple[tuple[str, int | None, int], ...] = ()

    def in_series(self, frequency: str) -> int:
        """Return how many readers have a frequency."""
        return sum(count for each, _, count in self.rows if each == frequency)

    def receiving(self, frequency: str, section_mask: int) -> int:
        """Return how many of them get an edition with these sections: those who chose one of it."""
        return sum(
            count
            for each, mask, count in self.rows
            if each == frequency and (section_mask if mask is None else mask & section_mask)
        )

    @property
    def total(self) -> int:
        """The readers of all frequencies."""
        return sum(count for _, _, count in self.rows)


def sum_counts(rows: Iterable[CountedRow]) -> dict[int, NewsletterCounts]:
    """Sum counted rows; a suppressed row is also contained in an active one."""
    states: dict[int, Counter[str]] = defaultdict(Counter)
    all_sections: Counter[int] = Counter()
    by_bit: dict[int, Counter[int]] = defaultdict(Counter)
    by_frequency: dict[int, Counter[str]] = defaultdict(Counter)
    for newsletter_id, state, mask, frequency, count in rows:
        mine = states[newsletter_id]
        mine[state] += count
        if state == SUPPRESSED:
            mine[SubscriptionState.ACTIVE] -= count
        elif state != SubscriptionState.ACTIVE:
            continue
        getting = -count if state == SUPPRESSED else count
        by_frequency[newsletter_id][str(frequency)] += getting
        if mask is None:
            all_sections[newsletter_id] += getting
        else:
            by_bit[newsletter_id].update(dict.fromkeys(_bits(mask), getting))
    return {
        each: NewsletterCounts(
            # Unary plus drops the zeros.
            states={str(state): count for state, count in (+mine).items()},
            all_sections=all_sections[each],
            by_bit=dict(+by_bit[each]),
            by_frequency=dict(+by_frequency[each]),
        )
        for each, mine in states.items()
    }


def counts_to_json(by_newsletter: Mapping[int, NewsletterCounts]) -> dict[str, Any]:
    """Return the counts as JSON; its keys are strings."""
    return {
        str(newsletter_id): {
            "states": dict(counts.states),
            "every": counts.all_sections,
            "by_frequency": dict(counts.by_frequency),
            "by_bit": {str(bit): count for bit, count in counts.by_bit.items()},
        }
        for newsletter_id, counts in by_newsletter.items()
    }


def counts_from_json(figures: Mapping[str, Any]) -> dict[int, NewsletterCounts]:
    """Return the counts of `counts_to_json`."""
    return {
        int(newsletter_id): NewsletterCounts(
            states=kept["states"],
            all_sections=kept["every"],
            by_bit={int(bit): count for bit, count in kept["by_bit"].items()},
            # Older counts have none until the next count.
            by_frequency=kept.get("by_frequency", {}),
        )
        for newsletter_id, kept in figures.items()
    }


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
