"""`crieur feed`: which addresses are polled for a newsletter."""

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from service.cli import feed_control, feed_opml

if TYPE_CHECKING:
    from datetime import datetime

    from service.articles.feeds.store_items import PollResult
    from service.kit.db import Session

app = typer.Typer(no_args_is_help=True, help="Poll feeds for a newsletter's articles.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("add")
def add_feed(
    url: Annotated[
        str, typer.Argument(help="The address of a site, of one of its pages or feeds.")
    ],
    newsletter: Annotated[str, typer.Option(help="The slug of the newsletter it is for.")],
    section: Annotated[str | None, typer.Option(help="File all its articles here.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Minutes between two polls.")] = 5,
    kind: Annotated[
        Literal["feed", "wordpress"] | None,
        typer.Option(help="wordpress: read the site's REST API."),
    ] = None,
    full_text: Annotated[
        bool, typer.Option("--full-text", help="Take its articles' texts from their pages.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is found.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find the feed of a site, and poll it for a newsletter from now on.

    What the site offers is listed: feeds, news sitemaps, a WebSub hub, WordPress's REST API. An
    address that cannot be read now is stored as it is given, and read later; one that Crieur never
    reads from, such as one in a private network, is refused. If several feeds are equally good,
    nothing is stored: give the address of one.

    Example: crieur feed add https://example.org --newsletter le-matin --section Continent
    """
    from service.accounts import audit
    from service.articles import section_rules
    from service.articles.discovery.add_found_feed import add_found_feed
    from service.cli import feed_discovery
    from service.cli.output import print_json
    from service.cli.runtime import open_runtime
    from service.kit.errors import OperationRefused
    from service.newsletters import catalogue

    with open_runtime() as runtime:
        with runtime.begin() as session:
            found = catalogue.get(session, newsletter)
            section_key = section_rules.section_by_name(found, section).slug if section else None
        offer = feed_discovery.discover(runtime, url, kind=kind)
        feed_id = None
        if not dry_run and offer.problem is None:
            with runtime.begin() as session:
                now = runtime.clock()
                feed_id = add_found_feed(
                    session,
                    offer,
                    newsletter_id=found.id,
                    section_key=section_key,
                    every=timedelta(minutes=every),
                    full_text=full_text,
                    now=now,
                )
                facts = {"feed_id": feed_id, "newsletter_id": found.id}
                audit.record(session, None, "feed.added", facts, now=now)
        if as_json:
            print_json({"id": feed_id, **offer.to_json()})
        else:
            feed_discovery.print_offer(runtime, offer, feed_id=feed_id)
    if offer.problem is not None:
        raise OperationRefused(offer.problem)
    if dry_run and offer.unread is not None:
        raise offer.unread


@app.command("list")
def list_feeds(
    newsletter: Annotated[str | None, typer.Option(help="Only this newsletter's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the feeds, and how they are doing.

    Example: crieur feed list --newsletter le-matin
    """
    from service.articles import find
    from service.cli.runtime import open_runtime
    from service.kit.translatable import json_fields
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id = catalogue.get(session, newsletter).id if newsletter else None
        feeds = find.list_feeds(session, newsletter_id=newsletter_id)
        hub_states = find.hub_states(session, feeds)
    for feed in feeds:
        state = _state(
            paused=bool(feed.paused_at), failing=feed.failures > 0, polled=bool(feed.polled_at)
        )
        if as_json:
            told = {
                "id": feed.id,
                "newsletter_id": feed.newsletter_id,
                "url": feed.url,
                "kind": feed.kind,
                "title": feed.title,
                "section_key": feed.section_key,
                "full_text": feed.full_text,
                "websub": hub_states.get(feed.id),
                "state": state,
                "polled_at": feed.polled_at.isoformat() if feed.polled_at else None,
                "next_poll_at": feed.next_poll_at.isoformat(),
                "items": feed.items,
                "newest_at": feed.newest_at.isoformat() if feed.newest_at else None,
                **json_fields("last_error", feed.last_error),
                **json_fields("remark", feed.remark),
            }
            print(json.dumps(told, ensure_ascii=False))
        else:
            said = feed.last_error or feed.remark or ""
            print(f"{feed.id:>6}  {state:<8} {feed.url}  {said}".rstrip())


@app.command("poll")
def poll_feeds(
    feed_id: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]",
            parser=feed_control.parse_feed_id,
            help="One feed; all due ones without it.",
        ),
    ] = None,
) -> None:
    """Poll one feed, or all that are due, now. A paused feed that is named is resumed.

    Example: crieur feed poll 3
    """
    from service.articles.feeds import poll as room
    from service.cli.runtime import open_runtime

    failed = False
    with open_runtime() as runtime:
        with runtime.begin() as session:
            if feed_id is None:
                ids = room.due_feeds(session, now=runtime.clock())
            else:
                ids = [feed_id]
                _ask_for(session, feed_id, now=runtime.clock())
        for each in ids:
            polled = room.poll_feed(
                runtime.begin,
                each,
                clock=runtime.clock,
                zone=ZoneInfo(runtime.settings.publication_time_zone),
                allow_private=runtime.settings.fetch_allow_private,
                ports=runtime.settings.fetch_ports,
            )
            if polled is None:
                print(f"Feed {each}: another worker is at it.")
            elif polled.error:
                failed = True
                print(f"Feed {each}: {polled.error}", file=sys.stderr)
            else:
                print(f"Feed {each}: {_describe_result(polled)}")
    if failed:
        raise typer.Exit(1)


app.command("edit")(feed_control.edit_feed)
app.command("pause")(feed_control.pause_feed)
app.command("resume")(feed_control.resume_feed)
app.command("remove")(feed_control.remove_feed)
app.command("import")(feed_opml.import_feeds)
app.command("export")(feed_opml.export_feeds)


def _state(*, paused: bool, failing: bool, polled: bool) -> str:
    if paused:
        return "paused"
    if failing:
        return "failing"
    return "polled" if polled else "unread"


def _describe_result(polled: "PollResult") -> str:
    told = f"{polled.new} new, {polled.revised} revised."
    if polled.withdrawn:
        told += f" {polled.withdrawn} withdrawn, because the feed lists them as deleted."
    if polled.archive:
        told += f" {polled.archive} of the new ones are archive: known from now on, and no news."
    return f"{told} {polled.remark}" if polled.remark else told


def _ask_for(session: "Session", feed_id: int, *, now: "datetime") -> None:
    """Make one feed due, and write into the audit trail whether it was paused until then."""
    from service.accounts import audit
    from service.articles import find
    from service.articles.feeds import registry

    event = "feed.poll" if find.get_feed(session, feed_id).paused_at is None else "feed.resume"
    registry.poll_now(session, feed_id, now=now)
    audit.record(session, None, event, {"feed_id": feed_id}, now=now)
