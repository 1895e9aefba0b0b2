"""Render the transactional messages: confirm, welcome, goodbye.

The caller passes complete links: a notice is for one reader and rendered when it is sent.
"""

from collections.abc import Sequence
from datetime import time, timedelta

from service.rendering.environment import load_wording
from service.rendering.locale_format import format_time, format_weekdays, join_names, typeset
from service.rendering.render import RenderedMessage, render_message
from service.rendering.views import Branding, NoticeView

MAX_LISTED_TIMES = 4
_HOUR = 3600

_HOURS_A_DAY = 24


def render_confirm(
    branding: Branding,
    *,
    confirm_url: str,
    valid_for: timedelta,
    section_names: Sequence[str] = (),
) -> RenderedMessage:
    """Render the request to confirm: why it was sent, how long the link is valid."""
    view = NoticeView(
        branding=branding,
        action_url=confirm_url,
        valid_for=describe_duration(valid_for, branding.locale),
        section_names=_names(section_names, branding.locale),
    )
    return render_message("confirm", view)


def render_welcome(
    branding: Branding,
    *,
    preferences_url: str,
    unsubscribe_url: str,
    section_names: Sequence[str] = (),
    rhythm: str = "",
    again: bool = False,
) -> RenderedMessage:
    """Render the welcome: what the reader will get and when, and how to change it.

    `rhythm` comes from `describe_schedule`. `again` is for an active reader who signed up again:
    nothing changes.
    """
    view = NoticeView(
        branding=branding,
        section_names=_names(section_names, branding.locale),
        rhythm=rhythm,
        again=again,
        archive_url=f"{branding.signup_url}/archive",
        preferences_url=preferences_url,
        unsubscribe_url=unsubscribe_url,
    )
    return render_message("welcome", view)


def render_goodbye(branding: Branding) -> RenderedMessage:
    """Render the confirmation that a reader has unsubscribed."""
    return render_message("goodbye", NoticeView(branding=branding))


def describe_schedule(days: Sequence[int], times: Sequence[time], locale: str) -> str:
    """Return `du lundi au vendredi à 7 h`; days are ISO weekdays. Empty without a schedule."""
    if not days or not times:
        return ""
    t = load_wording().translator(locale)
    when = format_weekdays(days, locale)
    if len(times) > MAX_LISTED_TIMES:
        return t("rhythm.often", days=when)
    return t(
        "rhythm.at",
        days=when,
        times=join_names([format_time(at, locale) for at in sorted(times)], locale),
    )


def describe_duration(period: timedelta, locale: str) -> str:
    """Return `3 jours`, `48 heures` or `30 minutes`, rounded down so that it is never too long."""
    t = load_wording().translator(locale)
    hours = int(period.total_seconds()) // _HOUR
    if hours >= _HOURS_A_DAY and hours % _HOURS_A_DAY == 0:
        return t("period.days", count=hours // 24)
    if hours >= 1:
        return t("period.hours", count=hours)
    return t("period.minutes", count=max(1, int(period.total_seconds()) // 60))


def _names(names: Sequence[str], locale: str) -> tuple[str, ...]:
    return tuple(typeset(name, locale) for name in names)
