"""`crieur feed import|export`: a newsletter's feeds as OPML."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.output import plural, print_json, print_line, print_warning

if TYPE_CHECKING:
    from service.articles.opml.import_feeds import ImportedFeed

Newsletter = Annotated[str, typer.Option(help="The slug of the newsletter.")]


def import_feeds(
    file: Annotated[str, typer.Argument(help="An OPML file; - is stdin.")],
    newsletter: Newsletter,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Import the feeds of an OPML file, at most 500 of them.

    A folder with the name of a section places its feeds there. What is not imported is reported
    with its line on stderr: a feed that is known, one that the file lists twice, an address that is
    refused; the last makes the exit status 1.

    Example: crieur feed import feeds.opml --newsletter le-matin --dry-run
    """
    from service.accounts import audit
    from service.articles.opml import import_feeds as room
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    data = _read(file)
    with open_runtime() as runtime:
        feeds = room.read_feeds(
            data,
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
        )
        with runtime.begin() as session:
            now = runtime.clock()
            found = catalogue.get(session, newsletter)
            if dry_run:
                imported = room.plan_import(session, found, feeds)
            else:
                imported = room.import_feeds(session, found, feeds, now=now)
                count = sum(each.feed_id is not None for each in imported)
                facts = {"newsletter_id": found.id, "count": count}
                audit.record(session, None, "feed.imported", facts, now=now)
    _report(imported, as_json=as_json, dry_run=dry_run)
    if any(each.state is room.ImportState.REFUSED for each in imported):
        raise typer.Exit(1)


def export_feeds(newsletter: Newsletter) -> None:
    """Write a newsletter's feeds as OPML to stdout, in folders of their sections.

    Example: crieur feed export --newsletter le-matin > feeds.opml
    """
    from service.articles import find
    from service.articles.opml.write_opml import write_opml
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        found = catalogue.get(session, newsletter)
        written = write_opml(
            find.list_feeds(session, newsletter_id=found.id),
            title=found.name,
            section_names={each.slug: each.name for each in found.current_sections},
            created_at=runtime.clock(),
        )
    print_line(written.decode().rstrip("\n"))


def _read(file: str) -> bytes:
    from service.articles.opml.parse_opml import MAX_BYTES
    from service.kit.errors import OperationRefused

    if file == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name"
        raise OperationRefused(f"The file cannot be read ({reason}). Check its name.") from None


def _report(imported: "list[ImportedFeed]", *, as_json: bool, dry_run: bool) -> None:
    for each in imported:
        if as_json:
            print_json(each.to_json())
        elif each.reason is not None:
            print_warning(f"line {each.line}: {each.url}: {each.reason}")
        else:
            place = f" in {each.section}" if each.section else ""
            number = f"feed {each.feed_id}: " if each.feed_id else ""
            print_line(f"line {each.line}: {number}{each.url}{place}")
    if not as_json:
        new = sum(each.state.value == "new" for each in imported)
        print_line(f"{plural(new, 'feed', 'feeds')} {'would be' if dry_run else 'are'} imported.")
