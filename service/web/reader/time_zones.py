"""The time zones that a reader may choose from, by region, in the language of the page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import get_timezone_location

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
           "Indian", "Pacific")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZoneChoice:
    """A zone: its IANA name, its city as people write it, and how far it is from UTC now."""

    name: str
    city: str
    offset: str


def time_zone_choices(
    locale: str, *, now: datetime, also: str | None = None
) -> Mapping[str, Sequence[TimeZoneChoice]]:
    """Return zones by region, cities in their order; `also` is offered wherever it comes from."""
    found: defaultdict[str, list[TimeZoneChoice]] = defaultdict(list)
    for name, city in _cities(locale):
        found[name.partition("/")[0]].append(_zone(name, city, now=now))
    known = {name for name, _ in _cities(locale)}
    if also is not None and also not in known:
        found[also.partition("/")[0]].append(_zone(also, also, now=now))
    return found


@cache
def _cities(locale: str) -> list[tuple[str, str]]:
    """Read the zones that are some country's, without the old names that lead to the same."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    names = {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
    spoken = Locale.parse(locale, sep="_")
    cities = [
        (name, get_timezone_location(name, locale=spoken, return_city=True))
        for name in sorted(names)
        if name.partition("/")[0] in REGIONS and _is_known(name)
    ]
    return sorted(cities, key=lambda pair: (REGIONS.index(pair[0].partition("/")[0]), pair[1]))


def _is_known(name: str) -> bool:
    """Whether this machine's Python knows it: the list may be newer than its zones."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _zone(name: str, city: str, *, now: datetime) -> TimeZoneChoice:
    offset = now.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    sign = "\u2212" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return TimeZoneChoice(
        name=name, city=city, offset=f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    )
