"""`crieur rehearse`: the coming days of newsletters with the past weeks' news; nothing is sent."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import typer

from service.cli.output import plural, print_json, print_line, print_table
from service.cli.runtime import open_runtime
from service.rehearsal.link_check import check_links, links_of
from service.rehearsal.link_notes import with_links
from service.rehearsal.rehearsal_json import rehearsal_to_json
from service.rehearsal.rehearse import DEFAULT_DAYS, MOST_DAYS, Progress, rehearse
from service.rehearsal.rehearsed import LinkStatus, Rehearsal, SlotStatus
from service.rehearsal.slot_groups import SlotGroup, group_slots

LINKS_DEADLINE = timedelta(minutes=3)
_MINUTES = 60


def rehearse_days(
    newsletter: str | None = typer.Option(None, "--newsletter", "-n", help="Only this one."),
    days: int = typer.Option(DEFAULT_DAYS, min=1, max=MOST_DAYS, help="How many days to rehearse."),
    links: bool = typer.Option(
        False, "--links", help="Also ask whether links and pictures lead somewhere."
    ),
    json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Play the coming days through with the news of the past weeks. Nothing is sent or stored.

    Shows which editions would go out, with how many articles, to how many readers, how large, and
    what would be skipped and why. Exits with 0 whatever it finds.

    Example: crieur rehearse --newsletter le-matin --days 7
    """
    with open_runtime() as runtime, _progress_bar() as progress:
        found = rehearse(
            runtime.begin,
            public_url=runtime.settings.public_url,
            now=runtime.clock(),
            days=days,
            slug=newsletter,
            progress=progress,
        )
        if links:
            checked = check_links(
                links_of(found),
                deadline=LINKS_DEADLINE,
                allow_private=runtime.settings.fetch_allow_private,
                ports=runtime.settings.fetch_ports,
                progress=progress,
            )
            found = with_links(found, checked)
    if json:
        print_json(rehearsal_to_json(found))
    else:
        _print(found)


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """Show how far it is, on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Rehearsing", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print(found: Rehearsal) -> None:
    for each in found.notes:
        print_line(f"! {each.message}")
    for part in found.newsletters:
        history = part.history
        if history is not None:
            news = plural(history.articles, "article", "articles")
            past = f"as {history.first_on} to {history.last_on} was ({news})"
            print_line(f"{part.newsletter.name}: {past}")
        for each in part.notes:
            print_line(f"{'!' if each.warns else '-'} {part.newsletter.name}: {each.message}")
    if found.editions:
        _print_editions(found)


def _print_editions(found: Rehearsal) -> None:
    groups = group_slots(found.editions)
    print_table(
        ["", "slot", "newsletter", "series", "articles", "readers", "KB", "subject"],
        [_cells(each) for each in groups],
    )
    for group in groups:
        for each in group.first.notes:
            mark = "!" if each.warns else "-"
            print_line(f"{mark} {_slots(group)} {group.first.newsletter.slug}: {each.message}")
    if found.links:
        alive = sum(each.status is LinkStatus.ALIVE for each in found.links.values())
        count = plural(len(found.links), "link or picture", "links and pictures")
        print_line(f"{count} checked: {alive} answered well.")
    good = sum(1 for each in found.editions if each.is_fine)
    print_line(f"{good} of {plural(len(found.editions), 'slot is', 'slots are')} fine.")


def _slots(group: SlotGroup) -> str:
    """Return a slot, or the first and the last of several."""
    more = len(group.editions) > 1
    return (
        f"{group.first.slot}–{group.last.slot.local_time:%H:%M}" if more else f"{group.first.slot}"
    )


def _cells(group: SlotGroup) -> tuple[object, ...]:
    edition = group.first
    minutes = int(edition.utc_offset.total_seconds()) // _MINUTES
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // _MINUTES:02}:{abs(minutes) % _MINUTES:02}"
    is_sent = edition.status is SlotStatus.SENT
    sections = ", ".join(f"{name} {count}" for name, count in edition.by_section.items())
    return (
        "ok" if edition.is_fine else "look",
        f"{_slots(group)} {offset}",
        edition.newsletter.slug,
        edition.frequency or "all",
        f"{len(edition.articles)} ({sections})" if is_sent else _status(group),
        edition.readers if is_sent else "",
        round(edition.size.html_bytes / 1000) if edition.size else "",
        edition.size.subject if edition.size else "",
    )


def _status(group: SlotGroup) -> str:
    count = len(group.editions)
    return f"{group.first.status} ({count} slots)" if count > 1 else group.first.status
