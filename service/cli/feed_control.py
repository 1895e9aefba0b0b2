"""`crieur feed edit|pause|resume|remove`: what an operator does with a feed."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import typer

from service.cli.id_argument import id_parser

parse_feed_id = id_parser("feed", "crieur feed list")

FeedId = Annotated[
    int, typer.Argument(metavar="ID", parser=parse_feed_id, help="The feed, as `feed list` has it.")
]


def edit_feed(
    feed_id: FeedId,
    url: Annotated[str | None, typer.Option(help="Its new address.")] = None,
    section: Annotated[str | None, typer.Option(help="File all its articles here.")] = None,
    no_section: Annotated[
        bool, typer.Option("--no-section", help="File its articles where they say themselves.")
    ] = False,
    every: Annotated[int | None, typer.Option(min=1, help="Minutes between two polls.")] = None,
    full_text: Annotated[
        bool | None,
        typer.Option("--full-text/--no-full-text", help="Take texts from articles' pages."),
    ] = None,
) -> None:
    """Change a feed's address, section, interval or texts; what is not given stays as it is.

    A feed with another address is polled there as if for the first time.

    Example: crieur feed edit 3 --url https://example.org/new.xml --section Continent
    """
    from service.accounts import audit
    from service.articles import find, section_rules
    from service.articles.feeds import registry
    from service.cli.runtime import open_runtime
    from service.kit.errors import OperationRefused
    from service.kit.fetch import check_destination
    from service.newsletters import catalogue

    if section is not None and no_section:
        raise OperationRefused("Give --section or --no-section, not both.")
    with open_runtime() as runtime:
        if url is not None:
            check_destination(
                url,
                allow_private=runtime.settings.fetch_allow_private,
                ports=runtime.settings.fetch_ports,
            )
        with runtime.begin() as session:
            now = runtime.clock()
            feed = find.get_feed_for_update(session, feed_id)
            newsletter = catalogue.get_by_id(session, feed.newsletter_id)
            given = {
                "url": url,
                "every": timedelta(minutes=every) if every else None,
                "full_text": full_text,
            }
            changes: Any = {name: value for name, value in given.items() if value is not None}
            wanted = replace(registry.settings_of(feed), **changes)
            if section is not None or no_section:
                key = section_rules.section_by_name(newsletter, section).slug if section else None
                wanted = replace(wanted, section_key=key)
            done = registry.edit(session, feed_id, wanted, now=now)
            if done:
                facts = {"feed_id": feed_id, "newsletter_id": feed.newsletter_id}
                audit.record(session, None, "feed.edited", facts, now=now)
    print(f"Feed {feed_id} is changed." if done else "That changes nothing.")


def pause_feed(feed_id: FeedId) -> None:
    """Poll a feed no more until it is resumed; it stays on the list.

    Example: crieur feed pause 3
    """
    from service.accounts import audit
    from service.articles import find
    from service.articles.feeds import registry
    from service.cli.runtime import open_runtime

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        is_paused = find.get_feed_for_update(session, feed_id).paused_at is not None
        if not is_paused:
            registry.pause(session, feed_id, now=now)
            audit.record(session, None, "feed.pause", {"feed_id": feed_id}, now=now)
    print("It was paused before." if is_paused else f"Feed {feed_id} is paused.")


def resume_feed(feed_id: FeedId) -> None:
    """Poll a paused feed again, from now on.

    Example: crieur feed resume 3
    """
    from service.accounts import audit
    from service.articles import find
    from service.articles.feeds import registry
    from service.cli.runtime import open_runtime

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        is_paused = find.get_feed_for_update(session, feed_id).paused_at is not None
        if is_paused:
            registry.poll_now(session, feed_id, now=now)
            audit.record(session, None, "feed.resume", {"feed_id": feed_id}, now=now)
    print(f"Feed {feed_id} is polled again." if is_paused else "It is not paused.")


def remove_feed(
    feed_id: FeedId,
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
