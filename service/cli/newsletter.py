"""`crieur newsletter`: describe newsletters and their schedules."""

from dataclasses import replace
from typing import Any

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli import reader_moves
from service.cli.command_group import CommandGroup
from service.cli.emptied_choices import describe_emptied_choices
from service.cli.holidays import app as holiday_app
from service.cli.moved_readers import describe_moved_readers
from service.cli.newsletter_alerts import alert_changes
from service.cli.newsletter_changes import draft_changes
from service.cli.newsletter_output import describe_schedules, newsletter_json, present_newsletter
from service.cli.newsletter_policies import policy_changes
from service.cli.option_group import takes_changes
from service.cli.output import print_json, print_json_lines, print_line, print_table, print_warning
from service.cli.runtime import open_runtime
from service.cli.section_rules import app as rules_app
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import NewsletterDraft
from service.newsletters.frequency import (
    offered_frequencies,
    proposed_frequency,
)
from service.newsletters.upcoming import slots_of_newsletter

app = typer.Typer(no_args_is_help=True)
app.add_typer(rules_app, name="rules", cls=CommandGroup)
app.add_typer(holiday_app, name="holiday", cls=CommandGroup)

JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command("create")
@takes_changes(draft_changes, policy_changes, alert_changes)
def create_newsletter(
    slug: str = typer.Argument(help="Its name in addresses, such as le-matin."),
    *,
    changes: dict[str, Any],
    json: bool = JSON,
) -> None:
    """Create a newsletter.

    Example: crieur newsletter create le-matin --name "Le Matin" --from matin@example.org
    --section Politique --section Continent --at 07:00 --days mon,tue --timezone Africa/Abidjan
    """
    if "sender_address" not in changes:
        raise Invalid("Name the sender: --from 'Le Matin <matin@example.org>'.")
    with open_runtime() as runtime:
        start = NewsletterDraft(
            slug=slug,
            name=slug,
            sender_address="",
            sections=(),
            time_zone=runtime.settings.publication_time_zone,
            locale=runtime.settings.publication_language,
        )
        if changes.get("times") and not {"days", "month_days"} & changes.keys():
            changes["days"] = (1, 2, 3, 4, 5, 6, 7)
        with runtime.begin() as session:
            draft = replace(start, **changes)
            wanted = proposed_frequency(draft, changes.get("default_frequency"))
            draft = replace(draft, default_frequency=wanted)
            now = runtime.clock()
            created = catalogue.create(session, draft, now=now)
            audit.record(session, None, "newsletter.created", _fact(created), now=now)
            stored = created.slug
        _present_stored(runtime, stored, json=json)


@app.command("edit")
@takes_changes(draft_changes, policy_changes, alert_changes)
def edit_newsletter(slug: str, *, changes: dict[str, Any], json: bool = JSON) -> None:
    """Change what is named, keep the rest. Sections are replaced as a whole when any is named.

    A section with a new name is a new section: how many readers' choice is empty now is printed.

    Empty days and times turn the schedule off: --days '' --at ''.

    Example: crieur newsletter edit le-matin --at 06:30 --days weekdays
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            before = catalogue.get(session, slug)
            if not changes:
                raise Invalid(
                    "No option was named, so nothing was changed: 'crieur newsletter edit --help' "
                    f"lists them, and 'crieur newsletter show {slug}' shows their values."
                )
            draft = replace(catalogue.draft_of(before), **changes)
            wanted = proposed_frequency(draft, draft.default_frequency)
            draft = replace(draft, default_frequency=wanted)
            now = runtime.clock()
            edited = catalogue.edit(session, slug, draft, now=now)
            audit.record(session, None, "newsletter.edited", _fact(edited), now=now)
        # Counting a large audience takes seconds, in which the newsletter should not be locked.
        with runtime.begin() as session:
            warnings = [
                describe_emptied_choices(session, before, edited),
                describe_moved_readers(session, edited),
            ]
        for warning in filter(None, warnings):
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
            print_json_lines(newsletter_json(each) for each in newsletters)
        else:
            print_table(
                ["slug", "name", "from", "when"],
                [
                    (each.slug, each.name, each.sender_address, describe_schedules(each))
                    for each in newsletters
                ],
            )


@app.command("show")
def show_newsletter(slug: str, json: bool = JSON) -> None:
    """Show one newsletter.

    Example: crieur newsletter show le-matin
    """
    with open_runtime() as runtime, runtime.begin() as session:
        present_newsletter(catalogue.get(session, slug), json=json)


@app.command("next")
def list_next_slots(
    slug: str,
    count: int = typer.Option(5, min=1, max=1000, help="How many."),
    json: bool = JSON,
) -> None:
    """Print the coming slots of all series, in the newsletter's own time.

    Example: crieur newsletter next le-matin --count 5
    """
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter = catalogue.get(session, slug)
        zone = load_zone(newsletter.time_zone)
        upcoming = slots_of_newsletter(
            newsletter,
            zone,
            after=runtime.clock(),
            count=count,
            but=closed_dates.holidays_of(session, newsletter.id),
        )
        has_choice = len(offered_frequencies(newsletter)) > 1
        for each in upcoming:
            slot, local = each.slot, each.slot.instant.astimezone(zone)
            if json:
                named = f"{slot.local_date} {slot.local_time:%H:%M}"
                print_json({"slot": named, "frequency": each.frequency, "at": local})
            else:
                label = f"  {each.frequency}" if has_choice else ""
                print_line(f"{local:%a %Y-%m-%d %H:%M} {newsletter.time_zone}{label}")
        if not upcoming and not json:
            print_line(
                "No schedule: give it one with 'crieur newsletter edit --at 07:00 --days daily'."
            )


def _fact(newsletter: NewsletterDetails) -> dict[str, object]:
    return {"newsletter_id": newsletter.id}


def _present_stored(runtime: Runtime, slug: str, *, json: bool) -> None:
    """Show only what is stored: `| head` ends the showing, and would undo the change."""
    with runtime.begin() as session:
        present_newsletter(catalogue.get(session, slug), json=json)


app.command("move-readers")(reader_moves.move_readers)
