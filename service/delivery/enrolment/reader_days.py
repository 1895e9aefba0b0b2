"""Pure: the local day on which readers of each time zone are sent an alert."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.delivery.enrolment.quiet_waves import WaveSchedule, zone_or_none
from service.newsletters.schedule import slot_at

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDay:
    """A day by the clocks of one zone, from midnight to midnight: [start, end) in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDays:
    """The days of readers by their time zone, and `home` for those without a known one."""

    home: LocalDay
    by_zone: Mapping[str, LocalDay]


def local_day(instant: datetime, zone: ZoneInfo) -> LocalDay:
    """Return the day of a zone in which an instant lies; one of a clock change has 23 or 25 h."""
    day = instant.astimezone(zone).date()
    return LocalDay(
        start=slot_at(day, time(0), zone).instant, end=slot_at(day + _DAY, time(0), zone).instant
    )


def reader_days(
    offsets: WaveSchedule, *, start: datetime, home: str, zones: Iterable[str]
) -> ReaderDays:
    """Return the days on which waves begin that wait some minutes after `start`."""
    by_zone = {}
    for name in zones:
        zone = zone_or_none(name)
        if zone is not None:
            minutes = offsets.by_zone.get(name, offsets.home)
            by_zone[name] = local_day(start + timedelta(minutes=minutes), zone)
    begins = start + timedelta(minutes=offsets.home)
    return ReaderDays(home=local_day(begins, ZoneInfo(home)), by_zone=by_zone)
