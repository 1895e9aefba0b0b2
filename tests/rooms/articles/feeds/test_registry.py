"""What an operator does with a feed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.articles import find, section_rules
from service.articles.feeds import registry
from service.articles.feeds.poll import add_feed
from service.articles.placement import RuleField
from service.jobs.catalogue import POLL_FEED
from service.jobs.outbox import OutboxRow
from service.kit.db import Begin
from service.kit.errors import Conflict, NotFound
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


def test_another_address_is_polled_immediately(session: Session, feed_id: int) -> None:
    before = polls(session)

    registry.change_url(session, feed_id, f"{URL}/2", now=LATER)

    feed = find.get_feed(session, feed_id)
    assert (feed.url, feed.next_poll_at) == (f"{URL}/2", LATER)
    assert polls(session) == before + 1


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
    with pytest.raises(NotFound):
        registry.change_url(session, 404, URL, now=NOW)
    with pytest.raises(NotFound):
        registry.remove(session, 404)
