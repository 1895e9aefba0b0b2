"""Keep a feed's hub subscription as its answers say: by which hub, and for which topic."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from service.articles.lifecycle import HubSubscriptionState
from service.articles.parsed_article import ParsedFeed
from service.articles.parsing.link_header import linked_urls
from service.articles.tables import HubSubscription
from service.articles.websub import queries
from service.kit.db import Session
from service.kit.fetch import FetchedResponse

MAX_SILENT_POLLS = 2
"""Polls that found news which the hub had not sent: then it is not relied on, until it sends."""

_TOKEN_BYTES, _SECRET_BYTES = 24, 32
_STOPPED = frozenset({HubSubscriptionState.LEAVING, HubSubscriptionState.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLinks:
    """The hub that a feed names, and the topic under which the hub knows it."""

    hub_url: str
    topic_url: str


def find_hub(answer: FetchedResponse, feed: ParsedFeed) -> HubLinks | None:
    """Return the hub that an answer names, its Link header before the feed (WebSub, 4)."""
    header = answer.headers.get("link", "")
    hub = next(linked_urls(header, "hub", base=answer.url), feed.hub_url)
    topic = next(linked_urls(header, "self", base=answer.url), feed.self_url)
    return HubLinks(hub_url=hub, topic_url=topic or answer.url) if hub else None


def want_subscription(
    session: Session, feed_id: int, links: HubLinks | None, *, now: datetime
) -> None:
    """Subscribe a feed at its hub soon, or leave the hub that it does not name any more."""
    known = queries.subscription_of_feed(session, feed_id)
    if known is not None and links == HubLinks(hub_url=known.hub_url, topic_url=known.topic_url):
        if known.state in _STOPPED:
            known.state = HubSubscriptionState.REQUESTED
            known.next_try_at, known.tries = now, 0
        return
    if known is not None:
        # The sweep leaves a hub for which no feed asks.
        known.feed_id = None
        session.flush()
    if links is not None:
        row = HubSubscription(
            feed_id=feed_id,
            hub_url=links.hub_url,
            topic_url=links.topic_url,
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            secret=secrets.token_hex(_SECRET_BYTES),
            state=HubSubscriptionState.REQUESTED,
            next_try_at=now,
            tries=0,
            silent_polls=0,
        )
        queries.add_subscription(session, row)


def is_pushed(session: Session, feed_id: int, *, now: datetime) -> bool:
    """Return whether a hub sends a feed's news, so that it need not be polled often."""
    return queries.is_live(session, feed_id, now=now, max_silent_polls=MAX_SILENT_POLLS)


def record_poll(session: Session, feed_id: int, *, has_news: bool) -> None:
    """Count a poll that found news which the feed's hub should have sent."""
    known = queries.subscription_of_feed(session, feed_id) if has_news else None
    if known is not None and known.state is HubSubscriptionState.ACTIVE:
        known.silent_polls += 1
