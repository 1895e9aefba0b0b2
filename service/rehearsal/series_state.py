"""Where each series of a newsletter stands now: its window, its draft, and what has come for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from service.editions import drafts, plan, queries
from service.editions.article_choice import CandidateSet
from service.editions.choice import find_candidates
from service.editions.curated import text_of
from service.editions.frozen import FrozenText
from service.kit.db import Session
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesState:
    """What the next selection of a series would begin with.

    `is_new` is a series that never had an edition. `draft_id` is None where no draft is open;
    `taken` are the slots that have an edition already.
    """

    window_from: datetime
    is_new: bool
    found: CandidateSet
    text: FrozenText
    draft_id: int | None
    is_held: bool
    is_approved: bool
    taken: Collection[tuple[date, time]]


def load_series(
    session: Session,
    newsletter: NewsletterDetails,
    frequency: Frequency,
    slots: Sequence[Slot],
    *,
    now: datetime,
) -> SeriesState:
    """Return where a series stands before the first of its coming slots."""
    draft = drafts.find_draft(session, newsletter.id, frequency)
    first = slots[0].instant if slots else now
    window_from = plan.next_window_start(session, newsletter, frequency, now=max(first, now))
    keys = [(newsletter.id, frequency, each.local_date, each.local_time) for each in slots]
    taken = queries.taken_slots(session, keys) if keys else set()
    return SeriesState(
        window_from=window_from,
        is_new=queries.last_window_end(session, newsletter.id, frequency) is None,
        found=find_candidates(session, draft, newsletter, window=(window_from, now)),
        text=text_of(session, draft),
        draft_id=draft.id or None,
        is_held=draft.held_at is not None,
        is_approved=draft.approved_at is not None,
        taken={(each[2], each[3]) for each in taken},
    )
