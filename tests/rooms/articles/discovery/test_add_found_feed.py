"""The feed that was found is polled; an address that could not be read is not lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from service.articles import find
from service.articles.discovery.add_found_feed import add_found_feed
from service.articles.discovery.discover import UnexpectedStatus
from service.articles.discovery.feed_candidate import SiteOffer
from service.kit.db import Begin
from service.kit.errors import Conflict, OperationRefused
from service.kit.fetch import FetchedResponse
from service.kit.fetch_guard import FetchFailed
from service.kit.translatable import translatable
from tests.builders import a_newsletter
from tests.rooms.articles.discovery.candidates import a_candidate

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
URL = "https://courrier.example/"


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


@pytest.fixture
def newsletter_id(session: Session) -> int:
    return a_newsletter(session, now=NOW).id


def test_the_chosen_feed_is_due_with_its_title(session: Session, newsletter_id: int) -> None:
    """The list of feeds shows its name before the first poll."""
    found = a_candidate("/feed/", title="Le Courrier")
    offer = SiteOffer(url=URL, feeds=[found], choice=found)

    feed_id = add_found_feed(session, offer, newsletter_id=newsletter_id, now=NOW)

    feed = find.get_feed(session, feed_id)
    assert (feed.url, feed.title, feed.next_poll_at) == (found.url, "Le Courrier", NOW)
    with pytest.raises(Conflict):
        add_found_feed(session, offer, newsletter_id=newsletter_id, now=NOW)


def test_nothing_is_added_without_a_choice(session: Session, newsletter_id: int) -> None:
    """The operator chooses, or looks elsewhere."""
    offer = SiteOffer(url=URL, problem=translatable("discovery.nothing"))

    with pytest.raises(OperationRefused, match="No feed was found"):
        add_found_feed(session, offer, newsletter_id=newsletter_id, now=NOW)
    assert find.list_feeds(session) == []


def test_what_could_not_be_read_is_polled_when_the_site_said(
    session: Session, newsletter_id: int
) -> None:
    """A site that is overloaded says when; one that is away is tried with a growing delay."""
    later = UnexpectedStatus(
        FetchedResponse(status=503, headers={"retry-after": "86400"}, body=b"", url=URL)
    )
    away = FetchFailed(translatable("fetch.unreachable", host="b.example"))

    first = add_found_feed(
        session, SiteOffer(url=URL, unread=later), newsletter_id=newsletter_id, now=NOW
    )
    second = add_found_feed(
        session,
        SiteOffer(url="https://b.example/", unread=away),
        newsletter_id=newsletter_id,
        now=NOW,
    )

    feeds = {each: find.get_feed(session, each) for each in (first, second)}
    assert feeds[first].next_poll_at == NOW + timedelta(days=1)
    assert feeds[second].last_error == away.message
    assert feeds[second].next_poll_at > NOW
