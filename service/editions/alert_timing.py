"""Pure: when an alert goes out: now, with others in a few minutes, or when a person says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.articles.news import latest_meant

MAX_AGE = timedelta(hours=3)
"""Nothing that is older makes an alert by itself: readers are not woken for what they know."""

MAX_ARTICLES = 10
"""Articles of one alert; more at a time are a mistake, and a person looks first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLimits:
    """A newsletter's alerts of a day at most, and in which time two of them are one."""

    most_per_day: int
    merge_within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentAlerts:
    """When a newsletter's last alert was made, None without one, and how many today has had."""

    last_at: datetime | None
    today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDecision:
    """When an alert goes out: `at` is now, or later; it is held where the day has had enough."""

    at: datetime
    is_held: bool = False


def decide(recent: RecentAlerts, limits: AlertLimits, *, now: datetime) -> AlertDecision:
    """Return when an alert goes out for which there is something to say now.

    The first one goes out immediately. What is breaking soon after it waits for the end of that
    time, so that it comes as one more alert and not as many.
    """
    if recent.today >= limits.most_per_day:
        return AlertDecision(at=now, is_held=True)
    quiet_until = now if recent.last_at is None else recent.last_at + limits.merge_within
    return AlertDecision(at=max(quiet_until, now))


def is_fresh(*, first_seen_at: datetime, published_at: datetime | None, now: datetime) -> bool:
    """Return whether an article is new enough for an alert that no person has asked for.

    Both dates count: an archive that is listed anew was published long ago. A date without a time
    means any time of its day.
    """
    oldest = now - MAX_AGE
    is_recent = published_at is None or latest_meant(published_at) >= oldest
    return first_seen_at >= oldest and is_recent
