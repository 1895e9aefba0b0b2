"""Pure: how many readers each newsletter has, added up from counted rows and kept as figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.audience.lifecycle import SubscriptionState

SUPPRESSED = "suppressed"
"""Counted like a state: active, but nothing is sent to this reader."""

CountedRow = tuple[int, str, int | None, int]
"""Newsletter, state, chosen sections, and how many there are of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterCounts:
    """The readers of one newsletter."""

    states: Mapping[str, int]
    # Active readers who want every section, also those to come.
    every: int
    # Active readers who chose, by the section's bit: 62 numbers at most, where choices are
    # as many as readers think of.
    by_bit: Mapping[int, int]

    def choosing(self, bit: int) -> int:
        """How many active readers get the section of a bit."""
        return self.every + self.by_bit.get(bit, 0)


NO_SUBSCRIBERS = NewsletterCounts(states={}, every=0, by_bit={})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberCounts:
    """The readers of every newsletter."""

    by_newsletter: Mapping[int, NewsletterCounts]
    # When that was so; None means now.
    counted_at: datetime | None = None

    def of(self, newsletter_id: int) -> NewsletterCounts:
        """The readers of a newsletter, which may be younger than the count."""
        return self.by_newsletter.get(newsletter_id, NO_SUBSCRIBERS)

    @property
    def subscriptions(self) -> int:
        """How many there are, in whatever state."""
        return sum(sum(heads.states.values()) for heads in self.by_newsletter.values())


def sum_counts(rows: Iterable[CountedRow]) -> dict[int, NewsletterCounts]:
    """Add up counted rows; those that are suppressed are counted once more as active."""
    states: dict[int, Counter[str]] = defaultdict(Counter)
    every: Counter[int] = Counter()
    by_bit: dict[int, Counter[int]] = defaultdict(Counter)
    for newsletter_id, state, mask, count in rows:
        mine = states[newsletter_id]
        mine[state] += count
        if state == SUPPRESSED:
            mine[SubscriptionState.ACTIVE] -= count
        elif state != SubscriptionState.ACTIVE:
            continue
        getting = -count if state == SUPPRESSED else count
        if mask is None:
            every[newsletter_id] += getting
        else:
            by_bit[newsletter_id].update(dict.fromkeys(_bits(mask), getting))
    return {
        each: NewsletterCounts(
            # Unary plus leaves out what nobody is left in.
            states={str(state): count for state, count in (+mine).items()},
            every=every[each],
            by_bit=dict(+by_bit[each]),
        )
        for each, mine in states.items()
    }


def counts_to_json(by_newsletter: Mapping[int, NewsletterCounts]) -> dict[str, Any]:
    """Write a count as JSON, whose names are texts."""
    return {
        str(newsletter_id): {
            "states": dict(heads.states),
            "every": heads.every,
            "by_bit": {str(bit): count for bit, count in heads.by_bit.items()},
        }
        for newsletter_id, heads in by_newsletter.items()
    }


def counts_from_json(figures: Mapping[str, Any]) -> dict[int, NewsletterCounts]:
    """Read a count from JSON."""
    return {
        int(newsletter_id): NewsletterCounts(
            states=kept["states"],
            every=kept["every"],
            by_bit={int(bit): count for bit, count in kept["by_bit"].items()},
        )
        for newsletter_id, kept in figures.items()
    }


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
