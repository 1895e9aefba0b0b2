"""Pure: what a change of the clocks does to a slot, and to the hours before it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.newsletters.schedule import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """A change of the clocks: by how much they go forward, or back if it is negative.

    `moved_to` is the local time at which a slot goes out that does not exist that day. A time that
    exists twice has none: the slot goes out the first time.
    """

    forward: timedelta
    moved_to: datetime | None = None


def utc_offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the clocks of a zone are ahead of UTC at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta()


def change_at(slot: Slot, zone: ZoneInfo) -> ClockChange | None:
    """Return the change that moves or doubles a slot's own time; None in nearly all cases."""
    wall = datetime.combine(slot.local_date, slot.local_time, tzinfo=zone)
    shown = slot.instant.astimezone(zone)
    first, second = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    if first is None or second is None or first == second:
        return None
    forward = abs(second - first)
    if shown.replace(tzinfo=None, fold=0) != wall.replace(tzinfo=None):
        return ClockChange(forward=forward, moved_to=shown)
    return ClockChange(forward=-forward)


def change_between(start: datetime, end: datetime, zone: ZoneInfo) -> ClockChange | None:
    """Return by how much the clocks have changed between two instants; None if they have not."""
    forward = utc_offset(end, zone) - utc_offset(start, zone)
    return ClockChange(forward=forward) if forward else None


def hours_of_day(instant: datetime, zone: ZoneInfo) -> float:
    """Return how many hours the local day of an instant has: 24, or 23 or 25, or 23.5."""
    midnight = instant.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    tomorrow = midnight + timedelta(days=1)
    return (tomorrow.astimezone(UTC) - midnight.astimezone(UTC)) / timedelta(hours=1)
