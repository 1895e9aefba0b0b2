"""Import the feeds of an OPML file into a newsletter."""

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from service.articles import queries, section_rules
from service.articles.feeds.feed_url import parse_feed_address
from service.articles.feeds.poll import DEFAULT_INTERVAL
from service.articles.opml.parse_opml import OpmlFeed, parse_opml
from service.articles.sections import section_key
from service.kit.db import Session
from service.kit.errors import OperationRefused
from service.kit.fetch import check_destination
from service.kit.fetch_guard import ALLOWED_PORTS
from service.kit.log import get_logger
from service.kit.sandbox import sandboxed
from service.kit.translatable import TranslatableMessage, json_fields, translatable
from service.newsletters.details import NewsletterDetails

log = get_logger(__name__)
PARSE_SECONDS = 2.0


class ImportState(StrEnum):
    """What becomes of a feed of an OPML file."""

    NEW = "new"
    KNOWN = "known"
    """The newsletter polls it already."""
    TWICE = "twice"
    """The file lists it before."""
    REFUSED = "refused"
    """Its address may not be polled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFeed:
    """A feed of an OPML file: its line, the slug of its section if any, and what becomes of it.

    `feed_id` is None unless it was stored; `reason` says why it was not.
    """

    line: int
    url: str
    title: str | None
    section: str | None
    state: ImportState
    reason: TranslatableMessage | None = None
    feed_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what a program needs to know of it."""
        return {
            "line": self.line,
            "url": self.url,
            "title": self.title,
            "section": self.section,
            "state": self.state.value,
            "id": self.feed_id,
            **json_fields("reason", self.reason),
        }


def read_feeds(
    data: bytes, *, allow_private: bool = False, ports: Collection[int] = ALLOWED_PORTS
) -> list[OpmlFeed | ImportedFeed]:
    """Return the feeds of an OPML file, those that are never asked as refused ones.

    Of an address with a name in it, each poll asks the name server and judges; nothing is asked
    now.

    Raises:
        OperationRefused: it is no OPML file, lists no feed, or exceeds a limit.
    """
    feeds = sandboxed(parse_opml, cpu=PARSE_SECONDS)(data)
    if not feeds:
        raise OperationRefused(translatable("opml.empty"))
    return [_checked(feed, allow_private=allow_private, ports=ports) for feed in feeds]


def plan_import(
    session: Session, newsletter: NewsletterDetails, feeds: Sequence[OpmlFeed | ImportedFeed]
) -> list[ImportedFeed]:
    """Return what an import would do with each feed of `read_feeds`.

    A feed is placed in the section that its innermost folder with a section's name names.
    """
    known = {feed.url for feed in queries.feeds(session, newsletter_id=newsletter.id)}
    sections = section_rules.placer_for(session, newsletter).section_by_key
    lines: dict[str, int] = {}
    planned = []
    for feed in feeds:
        if isinstance(feed, ImportedFeed):
            planned.append(feed)
            continue
        found = ImportedFeed(
            line=feed.line,
            url=feed.url,
            title=feed.title,
            section=_section(feed, sections),
            state=ImportState.NEW,
        )
        if feed.url in lines:
            reason = translatable("opml.twice", line=str(lines[feed.url]))
            found = replace(found, state=ImportState.TWICE, reason=reason)
        elif feed.url in known:
            found = replace(found, state=ImportState.KNOWN, reason=translatable("feed.known"))
        lines.setdefault(feed.url, feed.line)
        planned.append(found)
    return planned


def import_feeds(
    session: Session,
    newsletter: NewsletterDetails,
    feeds: Sequence[OpmlFeed | ImportedFeed],
    *,
    now: datetime,
) -> list[ImportedFeed]:
    """Add the new feeds of `read_feeds` to a newsletter; return what became of each.

    Their first polls are spread over a poll's interval.
    """
    planned = plan_import(session, newsletter, feeds)
    new = [each for each in planned if each.state is ImportState.NEW]
    step = DEFAULT_INTERVAL / max(1, len(new))
    ids = queries.add_feeds(
        session,
        [
            {
                "newsletter_id": newsletter.id,
                "url": each.url,
                "kind": parse_feed_address(each.url).kind,
                "title": each.title,
                "section_key": each.section,
                "every": DEFAULT_INTERVAL,
                "next_poll_at": now + place * step,
                "created_at": now,
            }
            for place, each in enumerate(new)
        ],
    )
    for feed_id in ids.values():
        log.info("feed.added", feed=feed_id)
    return [_stored(each, ids) for each in planned]


def _stored(feed: ImportedFeed, ids: dict[str, int]) -> ImportedFeed:
    if feed.state is not ImportState.NEW:
        return feed
    feed_id = ids.get(feed.url)
    if feed_id is None:
        # Another operator has added it at this moment.
        return replace(feed, state=ImportState.KNOWN, reason=translatable("feed.known"))
    return replace(feed, feed_id=feed_id)


def _checked(
    feed: OpmlFeed, *, allow_private: bool, ports: Collection[int]
) -> OpmlFeed | ImportedFeed:
    try:
        url = parse_feed_address(feed.url).url
        if _needs_no_name_server(url):
            check_destination(url, allow_private=allow_private, ports=ports)
    except OperationRefused as refused:
        return ImportedFeed(
            line=feed.line,
            url=feed.url,
            title=feed.title,
            section=None,
            state=ImportState.REFUSED,
            reason=refused.message,
        )
    return replace(feed, url=url)


def _needs_no_name_server(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _section(feed: OpmlFeed, sections: Mapping[str, str]) -> str | None:
    keys = (section_key(name) for name in feed.folders)
    return next((sections[key] for key in keys if key and key in sections), None)
