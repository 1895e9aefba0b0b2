"""`crieur newsletter`: describe newsletters and their schedules."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli.command_group import CommandGroup
from service.cli.emptied_choices import describe_emptied_choices
from service.cli.newsletter_options import (
    parse_days,
    parse_horizon,
    parse_hours,
    parse_section,
    parse_sender,
    parse_times,
)
from service.cli.output import print_json, print_json_lines, print_line, print_table, print_warning
from service.cli.runtime import open_runtime
from service.cli.section_rules import app as rules_app
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.newsletters import catalogue, schedule
from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import WEEKDAYS, NewsletterDraft

app = typer.Typer(no_args_is_help=True)
app.add_typer(rules_app, name="rules", cls=CommandGroup)

NAME = typer.Option(None, "--name", help="Its name for readers.")
FROM = typer.Option(None, "--from", help="Sender: 'Le Matin <matin@example.org>'.")
SECTION = typer.Option(
    None, "--section", help="A section; repeat it. 'Économie=eco,business' adds aliases."
)
AT = typer.Option(None, "--at", help="A local time such as 07:00; repeat it.")
EVERY = typer.Option(None, "--every", help="An interval in minutes instead of --at.")
DAYS = typer.Option(None, "--days", help="mon,tue,… or 'daily' or 'weekdays'.")
ZONE = typer.Option(None, "--timezone", help="An IANA zone.")
LOCALE = typer.Option(None, "--locale", help="fr, en, pt or ar: messages and readers' pages.")
REPLY_TO = typer.Option(None, "--reply-to", help="Where readers' answers go.")
POSTAL = typer.Option(None, "--postal-address", help="Printed at the foot of each message.")
SITE = typer.Option(None, "--site", help="The publication's site.")
COLOUR = typer.Option(None, "--colour", help="Accent colour such as #9c1f2e.")
MOST = typer.Option(None, "--articles-per-section", help="Articles in a section at most.")
VALID = typer.Option(None, "--valid-hours", help="Hours after which an edition is too old to send.")
HORIZON = typer.Option(
    None, "--horizon-days", min=1, help="What was published longer ago is no news when it comes."
)
PER_MINUTE = typer.Option(
    None, "--per-minute", min=0, help="Messages per minute at most; 0 means no limit."
)
READERS_TIME = typer.Option(
    None,
    "--at-readers-time/--at-one-time",
    help="Send at the slot's time in each reader's time zone, or to all readers at the slot.",
)
ABOUT = typer.Option(None, "--description", help="One sentence for the sign-up page.")
JSON = typer.Option(False, "--json", help="JSON on stdout.")

_SHOWN_TIMES = 4


@app.command("create")
def create_newsletter(
    slug: str = typer.Argument(help="Its name in addresses, such as le-matin."),
    name: str | None = NAME,
    sender: str | None = FROM,
    section: list[str] | None = SECTION,
    at: list[str] | None = AT,
    every: int | None = EVERY,
    days: str | None = DAYS,
    timezone: str | None = ZONE,
    locale: str | None = LOCALE,
    reply_to: str | None = REPLY_TO,
    postal_address: str | None = POSTAL,
    site: str | None = SITE,
    colour: str | None = COLOUR,
    most: int | None = MOST,
    valid_hours: float | None = VALID,
    horizon_days: int | None = HORIZON,
    per_minute: int | None = PER_MINUTE,
    at_readers_time: bool | None = READERS_TIME,
    description: str | None = ABOUT,
    json: bool = JSON,
) -> None:
    """Create a newsletter.

    Example: crieur newsletter create le-matin --name "Le Matin" --from matin@example.org
    --section Politique --section Continent --at 07:00 --days mon,tue --timezone Africa/Abidjan
    """
    if sender is None:
        raise Invalid("Name the sender: --from 'Le Matin <matin@example.org>'.")
    with open_runtime() as runtime:
        start = NewsletterDraft(
            slug=slug,
            name=name or slug,
            sender_address="",
            sections=(),
            time_zone=runtime.settings.publication_time_zone,
            locale=runtime.settings.publication_language,
        )
        changes = _changes(**_given(locals()))
        if changes.get("times") and days is None:
            changes["days"] = (1, 2, 3, 4, 5, 6, 7)
        with runtime.begin() as session:
            draft = replace(start, **changes)
            now = runtime.clock()
            created = catalogue.create(session, draft, now=now)
            audit.record(session, None, "newsletter.created", _fact(created), now=now)
            stored = created.slug
        _present_stored(runtime, stored, json=json)


@app.command("edit")
def edit_newsletter(
    slug: str,
    name: str | None = NAME,
    sender: str | None = FROM,
    section: list[str] | None = SECTION,
    at: list[str] | None = AT,
    every: int | None = EVERY,
    days: str | None = DAYS,
    timezone: str | None = ZONE,
    locale: str | None = LOCALE,
    reply_to: str | None = REPLY_TO,
    postal_address: str | None = POSTAL,
    site: str | None = SITE,
    colour: str | None = COLOUR,
    most: int | None = MOST,
    valid_hours: float | None = VALID,
    horizon_days: int | None = HORIZON,
    per_minute: int | None = PER_MINUTE,
    at_readers_time: bool | None = READERS_TIME,
    description: str | None = ABOUT,
    json: bool = JSON,
) -> None:
    """Change what is named, keep the rest. Sections are replaced as a whole when any is named.

    A section with a new name is a new section: how many readers' choice is empty now is printed.

    Empty days and times turn the schedule off: --days '' --at ''.

    Example: crieur newsletter edit le-matin --at 06:30 --days weekdays
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            before = catalogue.get(session, slug)
            changes = _changes(**_given(locals()))
            if not changes:
                raise Invalid(
                    "No option was named, so nothing was changed: 'crieur newsletter edit --help' "
                    f"lists them, and 'crieur newsletter show {slug}' shows their values."
                )
            draft = replace(catalogue.draft_of(before), **changes)
            now = runtime.clock()
            edited = catalogue.edit(session, slug, draft, now=now)
            audit.record(session, None, "newsletter.edited", _fact(edited), now=now)
        # Counting a large audience takes seconds, in which the newsletter should not be locked.
        with runtime.begin() as session:
            warning = describe_emptied_choices(session, before, edited)
        if warning is not None:
            print_warning(warning)
        _present_stored(runtime, slug, json=json)


@app.command("list")
def list_newsletters(json: bool = JSON) -> None:
    """List the newsletters.

    Example: crieur newsletter list --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        newsletters = catalogue.list_newsletters(session)
        if json:
            print_json_lines(_as_dict(each) for each in newsletters)
        else:
            print_table(
                ["slug", "name", "from", "when"],
                [(each.slug, each.name, each.sender_address, _when(each)) for each in newsletters],
            )


@app.command("show")
def show_newsletter(slug: str, json: bool = JSON) -> None:
    """Show one newsletter.

    Example: crieur newsletter show le-matin
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _present(catalogue.get(session, slug), json=json)


@app.command("next")
def list_next_slots(
    slug: str,
    count: int = typer.Option(5, min=1, max=1000, help="How many."),
    json: bool = JSON,
) -> None:
    """Print the coming slots, in the newsletter's own time.

    Example: crieur newsletter next le-matin --count 5
    """
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter = catalogue.get(session, slug)
        zone = load_zone(newsletter.time_zone)
        slots = schedule.upcoming_slots(
            newsletter.days, newsletter.times, zone, after=runtime.clock(), count=count
        )
        for slot in slots:
            local = slot.instant.astimezone(zone)
            if json:
                print_json({"slot": f"{slot.local_date} {slot.local_time:%H:%M}", "at": local})
            else:
                print_line(f"{local:%a %Y-%m-%d %H:%M} {newsletter.time_zone}")
        if not slots and not json:
            print_line(
                "No schedule: give it one with 'crieur newsletter edit --at 07:00 --days daily'."
            )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Return the options among a command's local names."""
    return {name: values[name] for name in (*_DIRECT, *_READ)}


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
}
_READ = ("sender", "section", "at", "every", "days", "valid_hours", "horizon_days", "per_minute")


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
    if per_minute is not None:
        changes["per_minute"] = per_minute or None
    if every is not None or at:
        changes["times"] = parse_times(at or [], every)
    return changes


def _spans(valid_hours: float | None, horizon_days: int | None) -> dict[str, timedelta]:
    spans: dict[str, timedelta] = {}
    if valid_hours is not None:
        spans["valid_for"] = parse_hours(valid_hours)
    if horizon_days is not None:
        spans["horizon"] = parse_horizon(horizon_days)
    return spans


def _fact(newsletter: NewsletterDetails) -> dict[str, object]:
    return {"newsletter_id": newsletter.id}


def _present_stored(runtime: Runtime, slug: str, *, json: bool) -> None:
    """Show only what is stored: `| head` ends the showing, and would undo the change."""
    with runtime.begin() as session:
        _present(catalogue.get(session, slug), json=json)


def _present(newsletter: NewsletterDetails, *, json: bool) -> None:
    if json:
        print_json(_as_dict(newsletter))
        return
    print_table(
        [newsletter.slug, newsletter.name],
        [
            *(
                (key, value)
                for key, value in _as_dict(newsletter).items()
                if key not in {"days", "times", "sections"} and value
            ),
            ("sections", ", ".join(section.name for section in newsletter.current_sections)),
        ],
    )


def _as_dict(newsletter: NewsletterDetails) -> dict[str, object]:
    draft = asdict(catalogue.draft_of(newsletter))
    draft["days"] = [WEEKDAYS[day - 1] for day in newsletter.days]
    draft["times"] = [f"{at:%H:%M}" for at in newsletter.times]
    draft["sections"] = [
        {"slug": each.slug, "name": each.name, "aliases": each.aliases}
        for each in newsletter.current_sections
    ]
    draft["when"] = _when(newsletter)
    return draft


def _when(newsletter: NewsletterDetails) -> str:
    if not newsletter.times:
        return "manually"
    days = (
        "daily"
        if len(newsletter.days) == len(WEEKDAYS)
        else ",".join(WEEKDAYS[d - 1] for d in newsletter.days)
    )
    times = [f"{at:%H:%M}" for at in newsletter.times]
    shown = ", ".join(times[:_SHOWN_TIMES]) + (
        f" … ({len(times)} times)" if len(times) > _SHOWN_TIMES else ""
    )
    return f"{days} {shown} {newsletter.time_zone}"
