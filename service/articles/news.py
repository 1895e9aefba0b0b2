"""Pure: which items of a feed are news, and which are its archive.

A feed says nothing about why it lists an item. Its own date decides where it has one. Where it
has none, its neighbours tell: feeds list the newest first, so an item is no newer than the one
above it, and stands above what was known before only if it is new. At a feed's first poll
everything is unknown; what has no date there is back-catalogue. A feed that lists the newest last
is known by its dates, by the numbers in its addresses, or by where its last items came. See
docs/articles.md.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

FRESH = timedelta(hours=48)
"""What a feed's first poll takes as news: items of so long ago."""

HORIZON = timedelta(days=14)
"""How old an item may be to be news when it is first seen, unless the newsletter says otherwise."""

MAX_CLOCK_SKEW = timedelta(hours=36)
"""How far a site's clock or zone may be wrong; further ahead is no date of publication."""

_ALIKE = 4
_FEW = 3
_GROWTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An item of a feed, in its place: what it says of its age, and whether it is known."""

    published: datetime | None
    updated: datetime | None = None
    known: bool = False
    # The numbers in its address, by which many sites count their articles or date them.
    order: tuple[int, ...] = ()
    # When a known one was first seen.
    seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAge:
    """When an item was published at the latest, if that can be told, and whether it is archive."""

    dated: datetime | None
    backlog: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHistory:
    """What is known of a feed before a poll; `items` is None before the first."""

    items: int | None = None
    horizon: timedelta = HORIZON


def classify_items(
    sightings: Sequence[FeedItem], *, before: FeedHistory, now: datetime
) -> list[ItemAge]:
    """Return for each item, in the order of the feed, whether it is news."""
    dates = _dates(sightings, now=now)
    if _is_upside_down(dates) or (not any(dates) and _ascends([each.order for each in sightings])):
        turned = classify_items(list(reversed(sightings)), before=before, now=now)
        return turned[::-1]
    first = before.items is None
    limit = now - (min(FRESH, before.horizon) if first else before.horizon)
    above, below = _nearest(dates), _nearest(dates[::-1])[::-1]
    above_known = _above_known(sightings)
    turned_over = not first and _is_turned_over(sightings, before)
    appended = [False] * len(sightings)
    if not first and _grows_below(sightings):
        appended = _above_known(sightings[::-1])[::-1]
    return [
        ItemAge(dated=own, backlog=own is not None and _at_last(own) < limit and not each.known)
        if own is not None or each.known
        else _undated(
            above[at],
            below[at],
            risen=not first and (above_known[at] or appended[at] or turned_over),
            limit=limit,
            fresh=now - FRESH,
        )
        for at, (own, each) in enumerate(zip(dates, sightings, strict=True))
    ]


def _undated(
    above: datetime | None,
    below: datetime | None,
    *,
    risen: bool,
    limit: datetime,
    fresh: datetime,
) -> ItemAge:
    """Judge an item without a date by its neighbours, and by what was known below it."""
    if above is not None and above < limit:
        # An old item on top of fresh ones is pinned there, and says nothing of those below it.
        in_archive = below < limit if below is not None else not risen
        return ItemAge(dated=above if in_archive else None, backlog=in_archive)
    is_new = risen or (below is not None and below >= fresh)
    return ItemAge(dated=above, backlog=not is_new)


def _dates(sightings: Sequence[FeedItem], *, now: datetime) -> list[datetime | None]:
    """Return what each item says of its age, without what cannot be meant so."""
    stamps = Counter(each.updated for each in sightings if each.published is None and each.updated)
    # A site that is built anew dates everything to that moment.
    built = {at for at, count in stamps.items() if count >= _ALIKE}
    dates: list[datetime | None] = []
    for each in sightings:
        told = each.published or (None if each.updated in built else each.updated)
        dates.append(None if told is None or told > now + MAX_CLOCK_SKEW else min(told, now))
    return dates


def _is_upside_down(dates: Sequence[datetime | None]) -> bool:
    known = [at for at in dates if at is not None]
    pairs = [(one, two) for one, two in itertools.pairwise(known) if one != two]
    return len(pairs) >= 2 and all(one < two for one, two in pairs)


def _ascends(orders: Sequence[tuple[int, ...]]) -> bool:
    """Tell whether the numbers in addresses rise from the top of a feed to its end."""
    pairs = list(itertools.pairwise(orders))
    rising = sum(one < two for one, two in pairs)
    return all(orders) and rising >= 2 and all(one <= two for one, two in pairs)


def _grows_below(sightings: Sequence[FeedItem]) -> bool:
    """Tell whether what came to a feed came at its end, more than once, and never on top.

    Once proves nothing: where an article is withdrawn, an old one moves up from behind the end.
    """
    seen = [each.seen for each in sightings if each.seen is not None]
    pairs = list(itertools.pairwise(seen))
    return sum(one < two for one, two in pairs) >= 2 and all(one <= two for one, two in pairs)


def _nearest(dates: Sequence[datetime | None]) -> list[datetime | None]:
    """Return for each place the nearest date before it."""
    nearest: list[datetime | None] = []
    last: datetime | None = None
    for at in dates:
        nearest.append(last)
        last = at or last
    return nearest


def _at_last(told: datetime) -> datetime:
    """Return the last moment that a date may mean: a bare day is written as its midnight."""
    is_bare = any(at.time() == time.min for at in (told, told.astimezone(UTC)))
    return told + timedelta(days=1) if is_bare else told


def _above_known(sightings: Sequence[FeedItem]) -> list[bool]:
    found = False
    above = []
    for each in reversed(sightings):
        above.append(found)
        found = found or each.known
    return above[::-1]


def _is_turned_over(sightings: Sequence[FeedItem], before: FeedHistory) -> bool:
    """Tell whether a feed of the same length holds nothing that is known: a busy site's window.

    A feed that holds nothing known and has grown is another list: an archive.
    """
    if any(each.known for each in sightings):
        return False
    return len(sightings) <= max(before.items or 0, _FEW) * _GROWTH
