"""Rehearse the coming days: which editions would go out, with what, to how many readers."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.delivery.guard import sending_guard
from service.editions import due_slots
from service.kit.db import Begin, Session, forbid_writes
from service.kit.errors import Invalid
from service.kit.time_zones import is_known_zone, load_zone
from service.kit.translatable import translatable
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import series_of
from service.rehearsal import edition_notes
from service.rehearsal.coming_slots import coming_slots
from service.rehearsal.message_size import with_size
from service.rehearsal.rehearse_newsletter import rehearse_newsletter
from service.rehearsal.rehearse_series import DueSlots, RehearsalRange
from service.rehearsal.rehearsed import (
    Rehearsal,
    RehearsalNote,
    RehearsedEdition,
    RehearsedNewsletter,
    SlotStatus,
)

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
        everything = catalogue.list_newsletters(session)
        newsletters = everything if slug is None else [catalogue.get(session, slug)]
        ahead = RehearsalRange(now=now, until=until, due=_due(session, now=now))
        names = _names_by_instant(session, everything, ahead)
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
        parts.append(_with_neighbours(part, names))
    progress(len(newsletters), len(newsletters))
    return Rehearsal(begins_at=now, ends_at=until, newsletters=parts, notes=notes)


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


def _names_by_instant(
    session: Session, newsletters: Sequence[NewsletterDetails], ahead: RehearsalRange
) -> dict[datetime, set[str]]:
    """Return which newsletters have a slot at an instant, whatever becomes of it."""
    holidays = closed_dates.holidays_by_newsletter(session, [each.id for each in newsletters])
    names: dict[datetime, set[str]] = defaultdict(set)
    for each in newsletters:
        if not is_known_zone(each.time_zone):
            continue
        zone = load_zone(each.time_zone)
        for series in series_of(each):
            for coming in coming_slots(
                series, zone, after=ahead.now, until=ahead.until, but=holidays[each.id]
            ):
                if coming.holiday is None:
                    names[coming.slot.instant].add(each.name)
    return names


def _with_neighbours(
    part: RehearsedNewsletter, names: Mapping[datetime, Collection[str]]
) -> RehearsedNewsletter:
    """Add to each edition which other newsletters have a slot at the same instant."""
    return replace(
        part,
        editions=[
            replace(
                each,
                notes=(
                    *each.notes,
                    *edition_notes.same_slot_note(each, names.get(each.slot.instant, ())),
                ),
            )
            for each in part.editions
        ],
    )
