"""`crieur feed`: which addresses are polled for a newsletter."""

import json
import sys
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli.id_argument import id_parser

if TYPE_CHECKING:
    from datetime import datetime

    from service.articles.feeds.poll import PollResult
    from service.boot import Runtime
    from service.kit.db import Session

app = typer.Typer(no_args_is_help=True, help="Poll feeds for a newsletter's articles.")

parse_feed_id = id_parser("feed", "crieur feed list")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("add")
def add_feed(
    url: Annotated[str, typer.Argument(help="The address of an RSS, Atom or JSON Feed.")],
    newsletter: Annotated[str, typer.Option(help="The slug of the newsletter it is for.")],
    section: Annotated[str | None, typer.Option(help="File all its articles here.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Minutes between two polls.")] = 5,
) -> None:
    """Poll a feed for a newsletter from now on.

    It is read immediately, and stored also if that fails. An address that Crieur never reads
    from, such as one in a private network, is refused.

    Example: crieur feed add https://example.org/feed.xml --newsletter le-matin --section Continent
    """
    from datetime import timedelta

    from service.accounts import audit
    from service.articles import section_rules
    from service.articles.feeds import poll as room
    from service.cli.runtime import open_runtime
    from service.kit.fetch import check_destination
    from service.newsletters import catalogue

    with open_runtime() as runtime:
        check_destination(
            url,
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
        )
        with runtime.begin() as session:
            now = runtime.clock()
            found = catalogue.get(session, newsletter)
            newsletter_id = found.id
            feed_id = room.add_feed(
                session,
                url,
                newsletter_id=newsletter_id,
                section_key=section_rules.section_by_name(found, section).slug if section else None,
                every=timedelta(minutes=every),
                now=now,
            )
            facts = {"feed_id": feed_id, "newsletter_id": newsletter_id}
            audit.record(session, None, "feed.added", facts, now=now)
        print(f"Feed {feed_id} is polled from now on. {_found(runtime, feed_id)}")


@app.command("remove")
def remove_feed(
    feed_id: Annotated[
        int,
        typer.Argument(metavar="ID", parser=parse_feed_id, help="The feed, as `feed list` has it."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Poll a feed no more and forget it; its articles stay.

    Example: crieur feed remove 3
    """
    from service.accounts import audit
    from service.articles import find
    from service.articles.feeds import registry
    from service.cli.runtime import open_runtime

    with open_runtime() as runtime:
        with runtime.begin() as session:
            url = find.get_feed(session, feed_id).url
        if not yes:
            typer.confirm(f"Remove the feed {url}? Its articles stay.", abort=True)
        with runtime.begin() as session:
            newsletter_id = find.get_feed(session, feed_id).newsletter_id
            registry.remove(session, feed_id)
            facts = {"url": url, "newsletter_id": newsletter_id}
            audit.record(session, None, "feed.removed", facts, now=runtime.clock())
        print(f"Removed {url}; its articles stay.")


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
    for feed in feeds:
        state = _state(
            paused=bool(feed.paused_at), failing=feed.failures > 0, polled=bool(feed.polled_at)
        )
        if as_json:
            told = {
                "id": feed.id,
                "newsletter_id": feed.newsletter_id,
                "url": feed.url,
                "title": feed.title,
                "section_key": feed.section_key,
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
            metavar="[ID]", parser=parse_feed_id, help="One feed; all due ones without it."
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


def _found(runtime: "Runtime", feed_id: int) -> str:
    """Read a new feed immediately, and report what it is or why it cannot be read."""
    from service.articles.feeds import poll as room
    from service.kit.errors import CrieurError

    zone = ZoneInfo(runtime.settings.publication_time_zone)
    try:
        read = room.probe_feed(
            runtime.begin,
            feed_id,
            clock=runtime.clock,
            zone=zone,
            allow_private=runtime.settings.fetch_allow_private,
            ports=runtime.settings.fetch_ports,
        )
    except CrieurError as error:
        return _not_read(runtime, feed_id, str(error))
    dates = [at for parsed in read.articles if (at := parsed.published or parsed.updated)]
    newest = f"the newest of {max(dates).astimezone(zone):%Y-%m-%d %H:%M}" if dates else "no dates"
    named = f"“{read.title}”, " if read.title else ""
    items = "1 item" if len(read.articles) == 1 else f"{len(read.articles)} items"
    told = (
        f"It answers: {named}{items}, {newest}."
        if read.articles
        else f"It answers: {named}no items yet."
    )
    return f"{told} {read.remark}" if read.remark else told


def _not_read(runtime: "Runtime", feed_id: int, why: str) -> str:
    """Report why a new feed cannot be read, and when it is polled again; it stays on the list."""
    from service.articles import find

    with runtime.begin() as session:
        feed = find.get_feed(session, feed_id)
    remove = f"Was the address wrong? crieur feed remove {feed_id}"
    if feed.paused_at:
        return f"But it cannot be read, and is not asked again: {why} {remove}"
    again = feed.next_poll_at.astimezone(ZoneInfo(runtime.settings.publication_time_zone))
    return (
        f"But it cannot be read now: {why} It is asked again at {again:%Y-%m-%d %H:%M %Z}. {remove}"
    )


def _state(*, paused: bool, failing: bool, polled: bool) -> str:
    if paused:
        return "paused"
    if failing:
        return "failing"
    return "polled" if polled else "unread"


def _describe_result(polled: "PollResult") -> str:
    told = f"{polled.new} new, {polled.revised} revised."
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
