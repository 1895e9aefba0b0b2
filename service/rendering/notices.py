"""The transactional mails: confirm, welcome, goodbye.

Links are given by the caller, finished: a notice is for one reader and rendered when it is sent.
"""

from collections.abc import Sequence
from datetime import time, timedelta

from service.rendering.environment import load_wording
from service.rendering.phrase import join_names, set_spaces, write_days, write_time
from service.rendering.render import Rendered, render_mail
from service.rendering.views import Letterhead, NoticeView

MANY_TIMES = 4
_HOUR = 3600


def render_confirm(
    letterhead: Letterhead,
    *,
    confirm_url: str,
    valid_for: timedelta,
    section_names: Sequence[str] = (),
) -> Rendered:
    """Ask a reader to confirm: why they got this, how long the link is good, how to ignore it."""
    view = NoticeView(
        letterhead=letterhead,
        action_url=confirm_url,
        valid_for=describe_period(valid_for, letterhead.locale),
        section_names=_names(section_names, letterhead.locale),
    )
    return render_mail("confirm", view)


def render_welcome(
    letterhead: Letterhead,
    *,
    preferences_url: str,
    unsubscribe_url: str,
    section_names: Sequence[str] = (),
    rhythm: str = "",
    again: bool = False,
) -> Rendered:
    """Say what the reader will get and when (see `describe_rhythm`), and how to change it.

    `again` is for a reader who signed up although already active: nothing changes.
    """
    view = NoticeView(
        letterhead=letterhead,
        section_names=_names(section_names, letterhead.locale),
        rhythm=rhythm,
        again=again,
        archive_url=f"{letterhead.signup_url}/archive",
        preferences_url=preferences_url,
        unsubscribe_url=unsubscribe_url,
    )
    return render_mail("welcome", view)


def render_goodbye(letterhead: Letterhead) -> Rendered:
    """Confirm that a reader has left, once."""
    return render_mail("goodbye", NoticeView(letterhead=letterhead))


def describe_rhythm(days: Sequence[int], times: Sequence[time], locale: str) -> str:
    """Return `du lundi au vendredi à 7 h`; days are ISO weekdays; empty without a schedule."""
    if not days or not times:
        return ""
    t = load_wording().speaker(locale)
    when = write_days(days, locale)
    if len(times) > MANY_TIMES:
        return t("rhythm.often", days=when)
    return t(
        "rhythm.at",
        days=when,
        times=join_names([write_time(at, locale) for at in sorted(times)], locale),
    )


def describe_period(period: timedelta, locale: str) -> str:
    """Return `3 jours`, `48 heures` or `30 minutes`, rounded down so as not to promise more."""
    t = load_wording().speaker(locale)
    hours = int(period.total_seconds()) // _HOUR
    if hours >= 48 and hours % 24 == 0:
        return t("period.days", count=hours // 24)
    if hours == 24:
        return t("period.day")
    if hours > 1:
        return t("period.hours", count=hours)
    if hours == 1:
        return t("period.hour")
    minutes = max(1, int(period.total_seconds()) // 60)
    return t("period.minute") if minutes == 1 else t("period.minutes", count=minutes)


def _names(names: Sequence[str], locale: str) -> tuple[str, ...]:
    return tuple(set_spaces(name, locale) for name in names)
