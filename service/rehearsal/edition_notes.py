"""Pure: what is to be said of a rehearsed edition, and what of it asks for a person."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters.details import NewsletterDetails
from service.newsletters.quiet_hours import quiet_hours
from service.newsletters.schedule import Slot
from service.rehearsal.clock_changes import ClockChange, change_at, change_between, hours_of_day
from service.rehearsal.rehearsed import MissingArticles, RehearsalNote, RehearsedEdition, SlotStatus

_MINUTE = timedelta(minutes=1)


def begins_at(newsletter: NewsletterDetails, instant: datetime, zone: ZoneInfo) -> datetime:
    """Return when the first messages of an edition go out that is ready at an instant."""
    quiet = quiet_hours(newsletter.quiet_from, newsletter.quiet_to)
    until = None if quiet is None else quiet.end_after(instant, zone)
    return until or instant


def notes_of(edition: RehearsedEdition, zone: ZoneInfo) -> Iterator[RehearsalNote]:
    """Yield what is to be said of an edition that was chosen, from what is known without its text.

    The sentences that explain why nothing is sent come before.
    """
    yield from clock_notes(edition.slot, edition.window_from, zone)
    if edition.status is SlotStatus.SENT:
        yield from _reader_notes(edition)
        yield from _time_notes(edition, zone)
    yield from _left_out(edition.left_out)
    if edition.without_picture:
        yield note(
            translatable(
                "rehearsal.no_picture",
                count=edition.without_picture,
            )
        )


def note(message: TranslatableMessage) -> RehearsalNote:
    """Return a sentence that is only to be known."""
    return RehearsalNote(message=message)


def warning(message: TranslatableMessage) -> RehearsalNote:
    """Return a sentence that asks an operator to look."""
    return RehearsalNote(message=message, warns=True)


def clock_notes(slot: Slot, before: datetime | None, zone: ZoneInfo) -> Iterator[RehearsalNote]:
    """Yield what a change of the clocks does to a slot, and to the time since `before`."""
    own = change_at(slot, zone)
    if own is not None and own.moved_to is not None:
        yield warning(
            translatable(
                "rehearsal.clock.moved",
                time=f"{slot.local_time:%H:%M}",
                moved=f"{own.moved_to:%H:%M}",
            )
        )
    elif own is not None:
        yield warning(translatable("rehearsal.clock.twice", time=f"{slot.local_time:%H:%M}"))
    if before is None:
        return
    since = change_between(before, slot.instant, zone)
    if since is not None:
        yield note(_changed(since, slot, zone))


def _changed(change: ClockChange, slot: Slot, zone: ZoneInfo) -> TranslatableMessage:
    minutes = abs(change.forward) // _MINUTE
    hours = hours_of_day(slot.instant, zone)
    if change.forward > timedelta():
        said = translatable("rehearsal.clock.forward", count=minutes)
    else:
        said = translatable("rehearsal.clock.back", count=minutes)
    if hours == 24:  # noqa: PLR2004  Hours of a day.
        return said
    return translatable(
        "edition.and_also",
        first=said,
        second=translatable("rehearsal.clock.day", hours=f"{hours:g}"),
    )


def _reader_notes(edition: RehearsedEdition) -> Iterator[RehearsalNote]:
    if not edition.readers:
        yield warning(translatable("rehearsal.no_readers"))
    elif edition.readers_without:
        yield note(translatable("rehearsal.readers_without", count=edition.readers_without))


def _time_notes(edition: RehearsedEdition, zone: ZoneInfo) -> Iterator[RehearsalNote]:
    newsletter = edition.newsletter
    if edition.begins_at > max(edition.slot.instant, edition.window_to or edition.slot.instant):
        until = edition.begins_at.astimezone(zone)
        yield note(translatable("rehearsal.quiet_hours", time=f"{until:%H:%M}"))
    per_minute = newsletter.per_minute
    if per_minute and edition.readers > per_minute:
        needed = timedelta(minutes=-(-edition.readers // per_minute))
        if needed > newsletter.valid_for:
            yield warning(
                translatable(
                    "rehearsal.too_slow",
                    speed=per_minute,
                    hours=needed / timedelta(hours=1),
                    valid=newsletter.valid_for / timedelta(hours=1),
                )
            )


def _left_out(left_out: MissingArticles) -> Iterator[RehearsalNote]:
    if left_out.no_room:
        yield note(translatable("rehearsal.no_room", count=left_out.no_room))
    if left_out.dropped:
        yield note(translatable("rehearsal.dropped", count=left_out.dropped))
    if left_out.waiting:
        yield note(translatable("rehearsal.waiting", count=left_out.waiting))
    if left_out.too_old:
        yield note(translatable("rehearsal.too_old", count=left_out.too_old))
    if left_out.no_section:
        yield note(translatable("rehearsal.no_section", count=left_out.no_section))


def approval_notes(
    newsletter: NewsletterDetails, *, is_held: bool, is_approved: bool
) -> Iterator[RehearsalNote]:
    """Yield what an edition waits for before it goes out."""
    if is_held:
        yield warning(translatable("rehearsal.held"))
    elif newsletter.needs_approval and not is_approved:
        hours = newsletter.valid_for / timedelta(hours=1)
        yield warning(translatable("rehearsal.needs_approval", hours=hours))


def same_slot_note(edition: RehearsedEdition, names: Iterable[str]) -> Iterator[RehearsalNote]:
    """Yield which other newsletters have a slot at the same instant: they share relays."""
    others = sorted({*names} - {edition.newsletter.name})
    if others and edition.status is SlotStatus.SENT:
        yield note(translatable("rehearsal.same_slot", newsletters=others))
