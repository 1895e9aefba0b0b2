"""Pure: how much later than planned a wave begins, because its readers have quiet hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.newsletters.quiet_hours import QuietHours

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSchedule:
    """Minutes that readers wait: by their time zone, and `home` for all that are not named."""

    home: int = 0
    by_zone: Mapping[str, int] = field(default_factory=dict)


def after_quiet_hours(
    planned: Mapping[str, int],
    *,
    quiet: QuietHours,
    start: datetime,
    home: str,
    zones: Iterable[str] = (),
) -> WaveSchedule:
    """Return the offsets of waves that begin after the quiet hours in which they were planned.

    `planned` are the minutes after `start` by time zone; `home` is the newsletter's zone, which
    counts for readers without a known one. `zones` are those of readers.
    """
    by_zone = {}
    for name in zones:
        zone = zone_or_none(name)
        if zone is not None:
            by_zone[name] = _moved(planned.get(name, 0), quiet, start, zone)
    moved_home = _moved(0, quiet, start, ZoneInfo(home))
    return WaveSchedule(
        home=moved_home,
        by_zone={name: minutes for name, minutes in by_zone.items() if minutes != moved_home},
    )


def _moved(minutes: int, quiet: QuietHours, start: datetime, zone: ZoneInfo) -> int:
    end = quiet.end_after(start + minutes * _MINUTE, zone)
    return minutes if end is None else -(-(end - start) // _MINUTE)


def zone_or_none(name: str) -> ZoneInfo | None:
    """Return a reader's time zone; None for a name that this machine does not have."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None
