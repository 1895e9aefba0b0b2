"""Render the transactional messages: confirm, welcome, goodbye.

The caller passes complete links: a notice is for one reader and rendered when it is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from service.rendering.locale_format import typeset
from service.rendering.message_wording import load_wording
from service.rendering.render import RenderedMessage, render_message
from service.rendering.views import Branding, NoticeView

_HOUR = 3600

_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSchedule:
    """When a reader gets editions, in the words of `service.rendering.frequency_wording`."""

    # Where there is no choice: of `describe_schedule`.
    rhythm: str = ""
    # Where there is: of `frequency_choices`.
    frequency: str = ""
    # Of `describe_next_edition`.
    next_edition: str = ""
    # Whether alerts come between two editions.
    alerts: bool = False


UNKNOWN_TIMES = EditionSchedule()


def render_confirm(
    branding: Branding,
    *,
    confirm_url: str,
    valid_for: timedelta,
    section_names: Sequence[str] = (),
    frequency: str = "",
    alerts: bool = False,
) -> RenderedMessage:
    """Render the request to confirm: why it was sent, how long the link is valid.

    `frequency` comes from `frequency_choices` where readers have a choice.
    """
    view = NoticeView(
        branding=branding,
        action_url=confirm_url,
        valid_for=describe_duration(valid_for, branding.locale),
        section_names=_names(section_names, branding.locale),
        frequency=frequency,
        alerts=alerts,
    )
    return render_message("confirm", view)


def render_welcome(
    branding: Branding,
    *,
    preferences_url: str,
    unsubscribe_url: str,
    section_names: Sequence[str] = (),
    times: EditionSchedule = UNKNOWN_TIMES,
    again: bool = False,
) -> RenderedMessage:
    """Render the welcome: what the reader will get and when, and how to change it.

    `again` is for an active reader who signed up again: nothing changes.
    """
    view = NoticeView(
        branding=branding,
        section_names=_names(section_names, branding.locale),
        rhythm=times.rhythm,
        frequency=times.frequency,
        next_edition=times.next_edition,
        alerts=times.alerts,
        again=again,
        archive_url=f"{branding.signup_url}/archive",
        preferences_url=preferences_url,
        unsubscribe_url=unsubscribe_url,
    )
    return render_message("welcome", view)


def render_moved(
    branding: Branding,
    *,
    keep_url: str,
    preferences_url: str,
    unsubscribe_url: str,
    frequency: str,
    before: str,
) -> RenderedMessage:
    """Render the notice to a reader whom the publisher has moved to another frequency.

    `frequency` and `before` come from `frequency_choices`; `keep_url` leads to the page that brings
    the latter back.
    """
    view = NoticeView(
        branding=branding,
        action_url=keep_url,
        frequency=frequency,
        before=before,
        preferences_url=preferences_url,
        unsubscribe_url=unsubscribe_url,
    )
    return render_message("moved", view)


def render_goodbye(branding: Branding) -> RenderedMessage:
    """Render the confirmation that a reader has unsubscribed."""
    return render_message("goodbye", NoticeView(branding=branding))


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
