"""How many readers a newsletter has: by state, by section and by frequency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.audience import count_subscribers
from service.kit.db import Session
from service.newsletters.details import NewsletterDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCounts:
    """How many readers a newsletter has: by state, and active ones by their sections' ids."""

    states: Mapping[str, int]
    by_section: Mapping[int, int]
    # Of the active ones, who made no choice: they are among the readers of every section.
    every: int
    # Of the active ones, by frequency.
    by_frequency: Mapping[str, int]
    # None means now.
    counted_at: datetime | None

    @property
    def most(self) -> int:
        """The readers of the section that most of them get."""
        return max(self.by_section.values(), default=0)


def count_readers(session: Session, newsletter: NewsletterDetails) -> ReaderCounts:
    """Return how many readers a newsletter has, and how many of them get each section."""
    counted = count_subscribers.current_counts(session)
    counts = counted.of(newsletter.id)
    return ReaderCounts(
        states=counts.states,
        by_section={section.id: counts.receiving(section.bit) for section in newsletter.sections},
        every=counts.all_sections,
        by_frequency=counts.by_frequency,
        counted_at=counted.counted_at,
    )
