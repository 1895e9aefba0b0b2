"""Rehearse the coming days: which editions would go out, with what, to how many readers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.delivery.guard import sending_guard
from service.editions import due_slots
from service.kit.db import Begin, Session, forbid_writes
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.rehearsal import edition_notes
from service.rehearsal.message_size import with_size
from service.rehearsal.rehearse_newsletter import rehearse_newsletter
from service.rehearsal.rehearsed import (
    Rehearsal,
    RehearsalNote,
    RehearsedEdition,
    RehearsedNewsletter,
    SlotStatus,
)
from service.rehearsal.run_series import DueSlots, RehearsalRange

DEFAULT_DAYS = 7
MOST_DAYS = 31

Progress = Callable[[int, int], None]
"""Called with how many steps are done, and of how many."""


def _silent(done: int, of: int) -> None:
    del done, of


def rehearse(  # noqa: PLR0913  Every fact is a named argument.
    begin: Begin,
    *,
    public_url: str,
    now: datetime,
    days: int = DEFAULT_DAYS,
    slug: str | None = None,
    most_rendered: int | None = None,
    progress: Progress = _silent,
) -> Rehearsal:
    """Return what the coming days would be if the news were those of the past weeks.

    Of one newsletter, or of all that are not archived. Nothing is written or sent: each transaction
    is one that only reads, and none is open while messages are rendered. Only the first
    `most_rendered` messages are, None for all; the others have no size.

    Raises:
        Invalid: `days` is not between 1 and 31.
        NotFound: there is no newsletter of this slug.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(translatable("rehearsal.days", limit=str(MOST_DAYS)))
    until = now + timedelta(days=days)
    with begin() as session:
        forbid_writes(session)
        newsletters = _newsletters(session, slug)
        ahead = RehearsalRange(now=now, until=until, due=_due(session, now=now))
        notes = tuple(_notes(session))
    parts = []
    for number, newsletter in enumerate(newsletters):
        progress(number, len(newsletters))
        with begin() as session:
            forbid_writes(session)
            part = rehearse_newsletter(session, newsletter, ahead)
        wanted = len(part.editions) if most_rendered is None else most_rendered
        part, rendered = _render(part, public_url=public_url, most=wanted)
        most_rendered = None if most_rendered is None else most_rendered - rendered
        parts.append(part)
    progress(len(newsletters), len(newsletters))
    return Rehearsal(begins_at=now, ends_at=until, newsletters=_with_neighbours(parts), notes=notes)


def _newsletters(session: Session, slug: str | None) -> Sequence[NewsletterDetails]:
    return catalogue.list_newsletters(session) if slug is None else [catalogue.get(session, slug)]


def _due(session: Session, *, now: datetime) -> DueSlots:
    return {
        (each.newsletter.id, each.frequency): (each.slot, each.decision)
        for each in due_slots.find_due(session, now=now)
    }


def _notes(session: Session) -> Iterator[RehearsalNote]:
    if not sending_guard.is_sending_allowed(session):
        yield edition_notes.warning(translatable("rehearsal.sending_disabled"))


def _render(
    part: RehearsedNewsletter, *, public_url: str, most: int
) -> tuple[RehearsedNewsletter, int]:
    """Render the first messages of a newsletter; return it, and how many they were."""
    editions: list[RehearsedEdition] = []
    rendered = 0
    for each in part.editions:
        if each.status is SlotStatus.SENT and rendered < most:
            editions.append(with_size(each, public_url=public_url))
            rendered += 1
        else:
            editions.append(each)
    return replace(part, editions=editions), rendered


def _with_neighbours(parts: Sequence[RehearsedNewsletter]) -> list[RehearsedNewsletter]:
    """Add to each edition which others go out at the same instant."""
    at: dict[datetime, list[RehearsedEdition]] = defaultdict(list)
    for part in parts:
        for each in part.editions:
            at[each.slot.instant].append(each)
    return [
        replace(
            part,
            editions=[
                replace(
                    each,
                    notes=(
                        *each.notes,
                        *edition_notes.same_slot_note(each, at[each.slot.instant]),
                    ),
                )
                for each in part.editions
            ],
        )
        for part in parts
    ]
