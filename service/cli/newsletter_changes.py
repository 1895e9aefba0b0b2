"""What an operator changes of a newsletter: the options that were named, as fields of its draft."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.cli.newsletter_options import (
    parse_date,
    parse_days,
    parse_digest_time,
    parse_horizon,
    parse_hours,
    parse_month_days,
    parse_section,
    parse_sender,
    parse_times,
    parse_weekday,
)

_DIRECT = {
    "name": "name",
    "timezone": "time_zone",
    "locale": "locale",
    "reply_to": "reply_to",
    "postal_address": "postal_address",
    "site": "site_url",
    "colour": "accent_colour",
    "most": "articles_per_section",
    "description": "description",
    "at_readers_time": "at_readers_time",
    "default_frequency": "default_frequency",
}
_READ = (
    "sender",
    "section",
    "at",
    "every",
    "days",
    "valid_hours",
    "horizon_days",
    "per_minute",
    "daily_at",
    "weekly_at",
    "weekly_on",
    "monthly",
    "fortnight_from",
)


def draft_changes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that change, from a command's local names.

    An option that is None was not named.

    Raises:
        Invalid: a text is not understood; the sentence says how to write it.
    """
    return _changes(**{name: values[name] for name in (*_DIRECT, *_READ)})


def _changes(
    *,
    sender: str | None,
    section: list[str] | None,
    days: str | None,
    valid_hours: float | None,
    horizon_days: int | None,
    at: list[str] | None,
    every: int | None,
    per_minute: int | None,
    daily_at: str | None,
    weekly_at: str | None,
    weekly_on: str | None,
    monthly: list[str] | None,
    fortnight_from: str | None,
    **direct: object,
) -> dict[str, Any]:
    changes: dict[str, Any] = {
        _DIRECT[name]: value for name, value in direct.items() if value is not None
    }
    if sender is not None:
        display, changes["sender_address"] = parse_sender(sender)
        if display:
            changes["sender_name"] = display
    if section:
        changes["sections"] = tuple(map(parse_section, section))
    if days is not None:
        changes["days"] = parse_days(days)
    changes |= _spans(valid_hours, horizon_days)
    changes |= _digests(daily_at, weekly_at, weekly_on)
    if per_minute is not None:
        changes["per_minute"] = per_minute or None
    if every is not None or at:
        changes["times"] = parse_times(at or [], every)
    return changes | _recurrence(monthly, fortnight_from)


def _recurrence(monthly: list[str] | None, fortnight_from: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if monthly:
        changes["month_days"] = parse_month_days(monthly)
    if fortnight_from is not None:
        changes["fortnight_from"] = parse_date(fortnight_from) if fortnight_from else None
    return changes


def _spans(valid_hours: float | None, horizon_days: int | None) -> dict[str, timedelta]:
    spans: dict[str, timedelta] = {}
    if valid_hours is not None:
        spans["valid_for"] = parse_hours(valid_hours)
    if horizon_days is not None:
        spans["horizon"] = parse_horizon(horizon_days)
    return spans


def _digests(daily_at: str | None, weekly_at: str | None, weekly_on: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if daily_at is not None:
        changes["daily_at"] = parse_digest_time(daily_at)
    if weekly_at is not None:
        changes["weekly_at"] = parse_digest_time(weekly_at)
    if weekly_on is not None:
        changes["weekly_on"] = parse_weekday(weekly_on)
    return changes
