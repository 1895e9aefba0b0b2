"""Pure: classify a feed's items as news or archive.

A feed does not say why it lists an item. The item's own date decides if it has one. Otherwise its
neighbours do: feeds list the newest first, so an item is no newer than the one above it, and is
above known ones only if it is new. At a feed's first poll nothing is known, and items without a
date are archive. A feed that lists the newest last is recognised by its dates, by the numbers in
its URLs, or by where its last items were added. See docs/articles.md.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

FRESH = timedelta(hours=48)
"""At a feed's first poll, items younger than this are news."""

HORIZON = timedelta(days=14)
"""Maximum age of an item that is news when first seen; newsletters may override it."""

MAX_CLOCK_SKEW = timedelta(hours=36)
"""How far a site's clock or zone may be off; a date further ahead is ignored."""

_MIN_BUILD_ITEMS = 4
_MIN_ITEMS = 3
_MAX_GROWTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An item of a feed, in the feed's order: its dates, and whether it is stored already."""

    published: datetime | None
    updated: datetime | None = None
    known: bool = False
    # The numbers in its URL: many sites number or date their articles there.
    url_numbers: tuple[int, ...] = ()
    # When a known item was first seen.
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAge:
    """When an item was published at the latest, if known, and whether it is archive."""

    dated_at: datetime | None
    backlog: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHistory:
    """What is known of a feed before a poll; `item_count` is None before the first."""

    item_count: int | None = None
    horizon: timedelta = HORIZON


def classify_items(
    items: Sequence[FeedItem], *, history: FeedHistory, now: datetime
) -> list[ItemAge]:
    """Return the age of each item, in the order of the feed."""
    dates = _dates(items, now=now)
    if _is_oldest_first(dates) or (
        not any(dates) and _ascends([each.url_numbers for each in items])
    ):
        turned = classify_items(list(reversed(items)), history=history, now=now)
        return turned[::-1]
    first = history.item_count is None
    limit = now - (min(FRESH, history.horizon) if first else history.horizon)
    above, below = _nearest(dates), _nearest(dates[::-1])[::-1]
    above_known = _above_known(items)
    is_new_window = not first and _is_new_window(items, history)
    appended = [False] * len(items)
    if not first and _grows_at_end(items):
        appended = _above_known(items[::-1])[::-1]
    return [
        ItemAge(
            dated_at=own, backlog=own is not None and latest_meant(own) < limit and not each.known
        )
        if own is not None or each.known
        else _classify_undated(
            above[at],
            below[at],
            risen=not first and (above_known[at] or appended[at] or is_new_window),
            limit=limit,
            fresh=now - FRESH,
        )
        for at, (own, each) in enumerate(zip(dates, items, strict=True))
    ]


def _classify_undated(
    above: datetime | None,
    below: datetime | None,
    *,
    risen: bool,
    limit: datetime,
    fresh: datetime,
) -> ItemAge:
    """Classify an item without a date by its neighbours, and by known items below it."""
    if above is not None and above < limit:
        # An old item on top of fresh ones is pinned there, so the items below it may be news.
        in_archive = below < limit if below is not None else not risen
        return ItemAge(dated_at=above if in_archive else None, backlog=in_archive)
    is_new = risen or (below is not None and below >= fresh)
    return ItemAge(dated_at=above, backlog=not is_new)


def _dates(items: Sequence[FeedItem], *, now: datetime) -> list[datetime | None]:
    """Return the date of each item, without implausible ones."""
    stamps = Counter(each.updated for each in items if each.published is None and each.updated)
    # A site that is rebuilt gives everything the time of the build.
    build_times = {at for at, count in stamps.items() if count >= _MIN_BUILD_ITEMS}
    dates: list[datetime | None] = []
    for each in items:
        stated = each.published or (None if each.updated in build_times else each.updated)
        dates.append(None if stated is None or stated > now + MAX_CLOCK_SKEW else min(stated, now))
    return dates


def _is_oldest_first(dates: Sequence[datetime | None]) -> bool:
    known = [at for at in dates if at is not None]
    pairs = [(one, two) for one, two in itertools.pairwise(known) if one != two]
    return len(pairs) > 1 and all(one < two for one, two in pairs)


def _ascends(orders: Sequence[tuple[int, ...]]) -> bool:
    """Return whether the numbers in addresses rise from the top of a feed to its end."""
    pairs = list(itertools.pairwise(orders))
    rising = sum(one < two for one, two in pairs)
    return all(orders) and rising > 1 and all(one <= two for one, two in pairs)


def _grows_at_end(items: Sequence[FeedItem]) -> bool:
    """Return whether items were added at a feed's end, more than once, and never on top.

    Once proves nothing: if an article is withdrawn, an older one moves up into the feed.
    """
    seen = [each.first_seen for each in items if each.first_seen is not None]
    pairs = list(itertools.pairwise(seen))
    return sum(one < two for one, two in pairs) > 1 and all(one <= two for one, two in pairs)


def _nearest(dates: Sequence[datetime | None]) -> list[datetime | None]:
    """Return for each index the nearest date before it."""
    nearest: list[datetime | None] = []
    last: datetime | None = None
    for at in dates:
        nearest.append(last)
        last = at or last
    return nearest


def latest_meant(stated: datetime) -> datetime:
    """Return the latest time that a date may mean: a bare day is stored as its midnight."""
    is_bare = any(at.time() == time.min for at in (stated, stated.astimezone(UTC)))
    return stated + timedelta(days=1) if is_bare else stated


def _above_known(items: Sequence[FeedItem]) -> list[bool]:
    found = False
    above = []
    for each in reversed(items):
        above.append(found)
        found = found or each.known
    return above[::-1]


def _is_new_window(items: Sequence[FeedItem], history: FeedHistory) -> bool:
    """Return whether a feed of the same length lists nothing known: a busy site has moved on.

    A feed that lists nothing known and has grown is an archive.
    """
    if any(each.known for each in items):
        return False
    return len(items) <= max(history.item_count or 0, _MIN_ITEMS) * _MAX_GROWTH
