"""Pure: news of the past as if it came again some weeks later, at the same local times.

An article keeps its distance between publication and first sight. Its copy has a number of its own:
an edition whose window has begun already may have the article itself, too.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.editions.select import ArticleCandidate

_COPY = 1 << 60
"""Greater than any number of an article, so that copies count as newer than what has come."""

_HOUR = timedelta(hours=1)
_WEEK = timedelta(weeks=1)

MOST_WEEKS = 5
"""How far back a rehearsal looks: as far as it looks ahead, a month."""


def move_by_weeks(instant: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks show the same some weeks later, or earlier.

    A time that does not exist that day is as many minutes later as the clock jumps; of a time that
    exists twice it is the first.
    """
    wall = instant.astimezone(zone).replace(tzinfo=None, fold=0) + weeks * _WEEK
    return wall.replace(tzinfo=zone).astimezone(UTC)


def weeks_back(days: int, windows: Iterable[timedelta]) -> int:
    """Return by how many weeks the past is moved.

    Enough for the days ahead, and for the longest window: no article comes twice in it. A window is
    an hour longer where the clocks go back. One that is longer than the past does not count.
    """
    lengths = [each - _HOUR for each in windows]
    needed = [timedelta(days=days), *(each for each in lengths if each <= MOST_WEEKS * _WEEK)]
    return min(max(-(-max(needed) // _WEEK), 1), MOST_WEEKS)


def shift_news(
    past: Iterable[ArticleCandidate], *, weeks: int, zone: ZoneInfo, now: datetime
) -> list[ArticleCandidate]:
    """Return copies of the articles, some weeks later, without what would have come by now."""
    copies = []
    for each in past:
        seen = move_by_weeks(each.first_seen_at, weeks, zone)
        if seen < now:
            continue
        published = each.published_at
        copies.append(
            replace(
                each,
                article_id=each.article_id + _COPY,
                first_seen_at=seen,
                published_at=published and published + (seen - each.first_seen_at),
            )
        )
    return copies


def is_copy(article_id: int) -> bool:
    """Return whether a number is that of a copy."""
    return article_id >= _COPY


def original(article_id: int) -> int:
    """Return the number of the article itself."""
    return article_id - _COPY if is_copy(article_id) else article_id
