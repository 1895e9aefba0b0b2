"""A feed withdraws what it has brought, and nothing that it has not."""

from collections.abc import Callable, Iterator
from datetime import UTC

import pytest
from sqlalchemy import select

from service.articles import find, ingest
from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult
from service.articles.ingest import ArticleKind
from service.articles.parsed_article import ParsedArticle
from service.articles.tables import Article
from service.boot import Runtime
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer

FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">'
    "<title>F</title>{inner}</feed>"
)
Poll = Callable[..., PollResult]


def entry(n: int, *, updated: str = "2023-02-08T05:00:00Z") -> str:
    return (
        f"<entry><title>Titre {n}</title><id>urn:courrier:{n}</id><updated>{updated}</updated>"
        f'<link href="https://courrier.example/{n}"/></entry>'
    )


def deleted(n: int, *, when: str = "2023-02-08T06:30:00Z") -> str:
    return f'<at:deleted-entry ref="urn:courrier:{n}" when="{when}"/>'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def take(runtime: Runtime, site: Site, clock: FakeClock) -> Poll:
    """Poll a feed that lists these entries and tombstones, an hour after the last time."""
    feeds: dict[str, int] = {}
    with runtime.begin() as session:
        newsletter_id = a_newsletter(session, now=clock()).id

    def polled(*inner: str, path: str = "/flux") -> PollResult:
        site.pages[path] = answer(FEED.format(inner="".join(inner)).encode())
        clock.advance(hours=1)
        if path not in feeds:
            with runtime.begin() as session:
                feeds[path] = poll.add_feed(
                    session, site.url + path, newsletter_id=newsletter_id, now=clock()
                )
        result = poll.poll_feed(
            runtime.begin, feeds[path], clock=clock, zone=UTC, allow_private=True
        )
        assert result is not None
        assert result.error is None
        return result

    return polled


def withdrawn(runtime: Runtime) -> list[str]:
    with runtime.begin() as session:
        statement = select(Article.title).where(Article.withdrawn_at.is_not(None))
        return sorted(session.scalars(statement))


def test_what_its_own_feed_deletes_is_withdrawn_once(take: Poll, runtime: Runtime) -> None:
    """The publisher has taken it back; the tombstone stays in the feed for days."""
    take(entry(1), entry(2), entry(3))

    first = take(entry(2), entry(3), deleted(1))
    again = take(entry(2), entry(3), deleted(1))

    assert (first.withdrawn, again.withdrawn) == (1, 0)
    assert withdrawn(runtime) == ["Titre 1"]


def test_another_feeds_tombstone_has_no_effect(take: Poll, runtime: Runtime) -> None:
    """Otherwise any site could withdraw every article whose id it knows."""
    take(entry(1), entry(2), entry(3))

    hostile = take(entry(7), entry(8), entry(9), deleted(1), path="/hostile")

    assert (hostile.withdrawn, hostile.remark) == (0, None)
    assert withdrawn(runtime) == []


def test_an_article_of_the_publishers_events_stays(take: Poll, runtime: Runtime) -> None:
    """Its own system has sent it, and will withdraw it itself."""
    with runtime.begin() as session:
        story = ParsedArticle(title="Titre 1", guid="urn:courrier:1")
        ingest.upsert(session, story, kind=ArticleKind.EVENT, now=runtime.clock())

    take(entry(1), entry(2), entry(3))
    take(entry(2), entry(3), deleted(1))

    assert withdrawn(runtime) == []


def test_a_feed_that_deletes_most_of_its_articles_is_not_believed(
    take: Poll, runtime: Runtime
) -> None:
    """A broken export would empty the next edition; the operator is asked instead."""
    take(*map(entry, range(4)))

    polled = take(entry(3), *map(deleted, range(3)))

    assert polled.withdrawn == 0
    assert "3 of its 4 recent articles" in str(polled.remark)
    assert withdrawn(runtime) == []
    with runtime.begin() as session:
        assert find.list_feeds(session)[0].remark == polled.remark


def test_half_of_its_articles_are_believed(take: Poll, runtime: Runtime) -> None:
    """More than half is the limit."""
    take(*map(entry, range(4)))

    assert take(entry(2), entry(3), deleted(0), deleted(1)).withdrawn == 2


def test_the_articles_of_former_years_prove_nothing(
    take: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    """A large archive would make any number of deletions a small part."""
    take(*map(entry, range(10)))
    clock.advance(days=60)
    fresh = [entry(n, updated="2023-04-09T05:00:00Z") for n in range(10, 13)]
    take(*fresh)

    polled = take(*[deleted(n, when="2023-04-09T09:00:00Z") for n in range(10, 13)])

    assert polled.withdrawn == 0
    assert polled.remark is not None


def test_an_entry_that_is_listed_again_after_its_deletion_stays(
    take: Poll, runtime: Runtime
) -> None:
    """The publisher has changed their mind; the newer word counts."""
    take(entry(1), entry(2), entry(3))

    take(entry(1, updated="2023-02-08T07:00:00Z"), entry(2), entry(3), deleted(1))

    assert withdrawn(runtime) == []
