"""What an operator changes of a newsletter: the options that were named, as fields of its draft."""

from datetime import timedelta
from typing import Annotated, Any

import typer

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
from service.newsletters.frequency import Frequency


def draft_changes(
    *,
    name: Annotated[str | None, typer.Option(help="Its name for readers.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Sender: 'Le Matin <matin@example.org>'.")
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(help="A section; repeat it. 'Économie=eco,business' adds aliases."),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(help="A local time such as 07:00; repeat it.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(help="An interval in minutes instead of --at.")
    ] = None,
    days: Annotated[str | None, typer.Option(help="mon,tue,… or 'daily' or 'weekdays'.")] = None,
    timezone: Annotated[str | None, typer.Option(help="An IANA zone.")] = None,
    locale: Annotated[
        str | None, typer.Option(help="fr, en, pt or ar: messages and readers' pages.")
    ] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where readers' answers go.")] = None,
    postal_address: Annotated[
        str | None, typer.Option(help="Printed at the foot of each message.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="The publication's site.")] = None,
    colour: Annotated[str | None, typer.Option(help="Accent colour such as #9c1f2e.")] = None,
    articles_per_section: Annotated[
        int | None, typer.Option(help="Articles in a section at most.")
    ] = None,
    valid_hours: Annotated[
        float | None, typer.Option(help="Hours after which an edition is too old to send.")
    ] = None,
    horizon_days: Annotated[
        int | None,
        typer.Option(min=1, help="What was published longer ago is no news when it comes."),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=0, help="Messages per minute at most; 0 means no limit.")
    ] = None,
    at_readers_time: Annotated[
        bool | None,
        typer.Option(
            "--at-readers-time/--at-one-time",
            help="Send at the slot's time in each reader's time zone, or to all readers at the "
            "slot.",
        ),
    ] = None,
    daily_at: Annotated[
        str | None, typer.Option(help="Offer a daily digest at this local time; '' ends it.")
    ] = None,
    weekly_at: Annotated[
        str | None, typer.Option(help="Offer a weekly digest at this local time; '' ends it.")
    ] = None,
    weekly_on: Annotated[
        str | None, typer.Option(help="The day of the weekly digest: mon … sun.")
    ] = None,
    default_frequency: Annotated[
        Frequency | None,
        typer.Option(help="What the sign-up form proposes: each, daily or weekly."),
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="One sentence for the sign-up page.")
    ] = None,
    monthly: Annotated[
        list[str] | None,
        typer.Option(
            help="Days of the month; repeat it: 15, -1 (the last), 1mon, last-fri. Empty ends them."
        ),
    ] = None,
    every_two_weeks_from: Annotated[
        str | None,
        typer.Option(
            help="--days count in the week of this date and in every second one. Empty: every week."
        ),
    ] = None,
) -> dict[str, Any]:
    """Return the fields of a draft that the options change.

    Raises:
        Invalid: a text is not understood; the sentence says how to write it.
    """
    direct = {
        "name": name,
        "time_zone": timezone,
        "locale": locale,
        "reply_to": reply_to,
        "postal_address": postal_address,
        "site_url": site,
        "accent_colour": colour,
        "articles_per_section": articles_per_section,
        "description": description,
        "at_readers_time": at_readers_time,
        "default_frequency": default_frequency,
    }
    changes: dict[str, Any] = {field: value for field, value in direct.items() if value is not None}
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
    return changes | _recurrence(monthly, every_two_weeks_from)


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
