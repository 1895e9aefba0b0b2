"""Pure: how long after the slot the clocks of other time zones show the slot's local time."""

from collections.abc import Iterable
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.newsletters.schedule import slot_at


def local_time_offsets(
    slot_date: date, slot_time: time, *, home: str, zones: Iterable[str]
) -> dict[str, int]:
    """Return minutes after the newsletter's own slot, by time zone, for zones that come later.

    A zone where the slot's local time has already passed (east of the newsletter's) has no offset:
    the edition does not exist earlier. An unknown zone has none either.
    """
    own = slot_at(slot_date, slot_time, ZoneInfo(home)).instant
    offsets: dict[str, int] = {}
    for name in zones:
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        minutes = round((slot_at(slot_date, slot_time, zone).instant - own).total_seconds() / 60)
        if minutes > 0:
            offsets[name] = minutes
    return offsets
