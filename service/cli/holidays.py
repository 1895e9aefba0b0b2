"""`crieur newsletter holiday`: dates on which a newsletter, or none of them, comes out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.id_argument import id_parser

app = typer.Typer(no_args_is_help=True, help="Dates on which no edition comes out.")

Slug = Annotated[
    str, typer.Argument(metavar="NEWSLETTER", help="The newsletter's slug, or 'all' for every one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]

ALL = "all"


@app.command("add")
def add_holiday(
    slug: Slug,
    first: Annotated[str, typer.Argument(help="The first day, such as 2026-12-24.")],
    last: Annotated[str | None, typer.Argument(help="The last day, included.")] = None,
    label: Annotated[str, typer.Option(help="Why, such as 'Christmas'.")] = "",
) -> None:
    """Add dates without editions; what comes meanwhile is in the next edition.

    Example: crieur newsletter holiday add le-matin 2026-12-24 2026-12-26 --label Christmas
    """
    from service.accounts import audit
    from service.cli.newsletter_options import parse_date
    from service.cli.runtime import open_runtime
    from service.newsletters import closed_dates
    from service.newsletters.holidays import Holiday

    first_on = parse_date(first)
    holiday = Holiday(
        first_on=first_on, last_on=parse_date(last) if last else first_on, label=label
    )
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id, now = _newsletter_id(session, slug), runtime.clock()
        added = closed_dates.add_holidays(session, newsletter_id, [holiday], now=now)
        facts = _facts(newsletter_id, holidays=len(added))
        audit.record(session, None, "newsletter.holidays_added", facts, now=now)
    print("Added." if added else "These dates are a holiday already.")


@app.command("list")
def list_holidays(slug: Slug = ALL, as_json: AsJson = False) -> None:
    """List the holidays to come: a newsletter's, with those of all newsletters.

    Example: crieur newsletter holiday list le-matin
    """
    from service.cli import output
    from service.cli.runtime import open_runtime
    from service.newsletters import closed_dates

    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id = _newsletter_id(session, slug)
        found = closed_dates.list_holidays(session, newsletter_id, now=runtime.clock())
    rows = [
        {
            "id": each.id,
            "of": ALL if each.newsletter_id is None else slug,
            "first": each.holiday.first_on,
            "last": each.holiday.last_on,
            "label": each.holiday.label,
        }
        for each in found
    ]
    if as_json:
        output.print_json_lines(rows)
    else:
        names = ["id", "of", "first", "last", "label"]
        output.print_table(names, [tuple(str(row[name]) for name in names) for row in rows])


@app.command("remove")
def remove_holiday(
    holiday_id: Annotated[
        int,
        typer.Argument(
            metavar="ID",
            parser=id_parser("holiday", "crieur newsletter holiday list"),
            help="From 'holiday list'.",
        ),
    ],
) -> None:
    """Remove a holiday; slots that it has prevented so far are not caught up.

    Example: crieur newsletter holiday remove 3
    """
    from service.accounts import audit
    from service.cli.runtime import open_runtime
    from service.newsletters import closed_dates

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        removed = closed_dates.remove_holiday(session, holiday_id, now=now)
        facts = _facts(removed.newsletter_id, holiday_id=holiday_id)
        audit.record(session, None, "newsletter.holiday_removed", facts, now=now)
    print("Removed.")


@app.command("import")
def import_holidays(
    slug: Slug,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="An iCalendar file (.ics).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be added, add nothing.")
    ] = False,
) -> None:
    """Add the dates of an iCalendar file that have not passed; none is added twice.

    Example: crieur newsletter holiday import all holidays.ics --dry-run
    """
    from service.accounts import audit
    from service.cli import output
    from service.cli.runtime import open_runtime
    from service.newsletters import closed_dates

    calendar = _read(path)
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id, now = _newsletter_id(session, slug), runtime.clock()
        coming = [each for each in calendar.holidays if each.last_on >= now.date()]
        rows = [(str(each.first_on), str(each.last_on), each.label) for each in coming]
        added: list[int] = []
        if not dry_run:
            added = closed_dates.add_holidays(session, newsletter_id, coming, now=now)
            facts = _facts(newsletter_id, holidays=len(added))
            audit.record(session, None, "newsletter.holidays_added", facts, now=now)
    output.print_table(["first", "last", "label"], rows)
    print(f"Nothing was added: {len(rows)} would be." if dry_run else f"{len(added)} added.")
    if calendar.repeating or calendar.broken:
        output.print_warning(
            f"Left out: {calendar.repeating} that repeat (add their dates one by one), "
            f"{calendar.broken} that cannot be read."
        )


def _read(path: Path) -> Any:
    from service.kit.errors import Invalid
    from service.newsletters import ics

    try:
        with path.open("rb") as file:
            return ics.parse_calendar(file.read(ics.MAX_BYTES + 1))
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    except ics.CalendarError:
        raise Invalid(
            f"{path} is no iCalendar file of at most 1 MB and 1,000 events: export it again."
        ) from None


def _newsletter_id(session: Any, slug: str) -> int | None:
    from service.newsletters import catalogue

    return None if slug == ALL else catalogue.get(session, slug).id


def _facts(newsletter_id: int | None, **facts: object) -> Mapping[str, object]:
    return facts if newsletter_id is None else {"newsletter_id": newsletter_id, **facts}
