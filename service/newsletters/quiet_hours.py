"""Pure: the hours of the day in which no delivery of an edition begins."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.newsletters.schedule import slot_at

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local times from `start` to `end`, not included; they may go over midnight."""

    start: time
    end: time

    def end_after(self, instant: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours end in which an instant lies, in UTC; None outside them."""
        today = instant.astimezone(zone).date()
        for day in (today - _DAY, today):
            begin = slot_at(day, self.start, zone).instant
            last_day = day if self.start < self.end else day + _DAY
            end = slot_at(last_day, self.end, zone).instant
            if begin <= instant < end:
                return end
        return None


def quiet_hours(start: time | None, end: time | None) -> QuietHours | None:
    """Return the quiet hours between two stored times; None without both."""
    if start is None or end is None:
        return None
    return QuietHours(start=start, end=end)
