"""Pure: how long readers in other time zones wait until their clock shows a slot's time."""

from collections.abc import Iterable
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.newsletters.schedule import slot_at


def local_time_offsets(
    slot_date: date, slot_time: time, *, home: str, zones: Iterable[str]
) -> dict[str, int]:
    """Return whole minutes after the newsletter's own slot, for zones whose readers wait.

    Where the slot's time has passed already (east of the newsletter's zone) nobody waits: the
    edition does not exist earlier. Zones that nobody knows any more wait for nothing either.
    """
    own = slot_at(slot_date, slot_time, ZoneInfo(home)).instant
    waits: dict[str, int] = {}
    for name in zones:
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        minutes = round((slot_at(slot_date, slot_time, zone).instant - own).total_seconds() / 60)
        if minutes > 0:
            waits[name] = minutes
    return waits
