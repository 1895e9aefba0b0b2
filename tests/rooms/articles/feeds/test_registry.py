"""What an operator does with a feed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.articles import find, queries, section_rules
from service.articles.feeds import registry
from service.articles.feeds.poll import add_feed
from service.articles.feeds.registry import FeedSettings
from service.articles.placement import RuleField
from service.articles.tables import Feed
from service.jobs.catalogue import POLL_FEED
from service.jobs.outbox import OutboxRow
from service.kit.db import Begin
from service.kit.errors import Conflict, NotFound, OperationRefused
from tests.builders import a_newsletter

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
URL = "https://courrier.example/flux"


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


@pytest.fixture
def feed_id(session: Session) -> int:
    paper = a_newsletter(session, "Sport", now=NOW)
    return add_feed(session, URL, newsletter_id=paper.id, now=NOW)


def polls(session: Session) -> int:
    return len(session.scalars(select(OutboxRow).where(OutboxRow.job == POLL_FEED.name)).all())


def test_a_poll_now_resumes_a_paused_feed_and_enqueues_it(session: Session, feed_id: int) -> None:
    before = polls(session)
    registry.pause(session, feed_id, now=NOW)
    paused = find.get_feed(session, feed_id).paused_at

    registry.poll_now(session, feed_id, now=LATER)

    feed = find.get_feed(session, feed_id)
    assert paused == NOW
    assert (feed.paused_at, feed.next_poll_at) == (None, LATER)
    assert polls(session) == before + 1


def changed(session: Session, feed_id: int, **changes: Any) -> FeedSettings:
    return replace(registry.settings_of(find.get_feed(session, feed_id)), **changes)


def test_another_address_is_polled_immediately_and_as_for_the_first_time(
    session: Session, feed_id: int
) -> None:
    """What is old at the new address is no news, and the former ETag says nothing of it."""
    queries.update_feed(
        session, feed_id, etag='"1"', polled_at=NOW, items=20, failures=3, next_poll_at=LATER
    )
    before = polls(session)

    done = registry.edit(
        session, feed_id, changed(session, feed_id, url=f"{URL}/2?utm_source=x"), now=NOW
    )

    row = session.get_one(Feed, feed_id)
    assert done
    assert (row.url, row.next_poll_at) == (f"{URL}/2", NOW)
    assert (row.etag, row.polled_at, row.items, row.failures) == (None, None, None, 0)
    assert polls(session) == before + 1


def test_a_paused_feed_stays_paused_at_its_new_address(session: Session, feed_id: int) -> None:
    """An operator may correct it before it is read again."""
    before = polls(session)
    registry.pause(session, feed_id, now=NOW)

    registry.edit(session, feed_id, changed(session, feed_id, url=f"{URL}/2"), now=LATER)

    assert find.get_feed(session, feed_id).paused_at == NOW
    assert polls(session) == before


def test_a_shorter_interval_counts_from_now(session: Session, feed_id: int) -> None:
    """A quiet feed may be due in an hour; whoever asks for ten minutes means from now on."""
    queries.update_feed(session, feed_id, next_poll_at=NOW + timedelta(hours=1))
    wanted = changed(session, feed_id, every=timedelta(minutes=10), section_key="sport")

    done = registry.edit(session, feed_id, wanted, now=NOW)
    again = registry.edit(session, feed_id, wanted, now=LATER)

    feed = find.get_feed(session, feed_id)
    assert (done, again) == (True, False)
    assert (feed.every, feed.section_key) == (timedelta(minutes=10), "sport")
    assert feed.next_poll_at == NOW + timedelta(minutes=10)


def test_an_address_that_another_feed_has_or_no_feed_may_have_is_refused(
    session: Session, feed_id: int
) -> None:
    """Two feeds with one address would be polled twice, and place its articles differently."""
    newsletter_id = find.get_feed(session, feed_id).newsletter_id
    add_feed(session, f"{URL}/2", newsletter_id=newsletter_id, now=NOW)

    with pytest.raises(Conflict):
        registry.edit(session, feed_id, changed(session, feed_id, url=f"{URL}/2"), now=NOW)
    with pytest.raises(OperationRefused):
        registry.edit(session, feed_id, changed(session, feed_id, url="file:///etc"), now=NOW)
    assert find.get_feed(session, feed_id).url == URL


def test_a_feed_that_a_rule_names_is_removed_after_the_rule(session: Session) -> None:
    paper = a_newsletter(session, "Sport", now=NOW)
    feed_id = add_feed(session, URL, newsletter_id=paper.id, now=NOW)
    rule_id = section_rules.add_rule(
        session, paper, field=RuleField.FEED, pattern=str(feed_id), section="sport"
    )

    with pytest.raises(Conflict, match="remove the rule first"):
        registry.remove(session, feed_id)
    section_rules.remove_rule(session, paper, rule_id)

    assert registry.remove(session, feed_id) == URL
    with pytest.raises(NotFound):
        find.get_feed(session, feed_id)


def test_a_feed_that_does_not_exist_is_not_found_by_any_verb(session: Session) -> None:
    for verb in (registry.pause, registry.poll_now):
        with pytest.raises(NotFound):
            verb(session, 404, now=NOW)
    settings = FeedSettings(url=URL, section_key=None, every=timedelta(minutes=5))
    with pytest.raises(NotFound):
        registry.edit(session, 404, settings, now=NOW)
    with pytest.raises(NotFound):
        registry.remove(session, 404)


def test_texts_are_taken_from_pages_from_now_on(session: Session, feed_id: int) -> None:
    """An edition of one article is planned later than its feed was added."""
    settings = replace(registry.settings_of(find.get_feed(session, feed_id)), full_text=True)

    assert registry.edit(session, feed_id, settings, now=NOW)
    assert not registry.edit(session, feed_id, settings, now=NOW)
    assert find.get_feed(session, feed_id).full_text
