"""A feed is read in the way of its kind, and WordPress needs no plug-in."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.articles import find
from service.articles.feed_kind import FeedKind
from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult
from service.articles.tables import Article
from service.boot import Runtime
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Site, answer
from tests.fakes.wordpress import WordPress

ITEM = (
    "<item><title>Le port n’attend pas {n}</title><link>{site}/2023/02/article-{n}/</link>"
    '<guid isPermaLink="false">{site}/?p={n}</guid><pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate>'
    "<description>Les travaux commencent en mars [&#8230;]</description></item>"
)


@pytest.fixture
def wordpress(clock: FakeClock) -> Iterator[WordPress]:
    with Site() as site:
        running = WordPress(site)
        running.publish(1, at=clock() - timedelta(hours=1))
        yield running


@pytest.fixture
def feed_id(runtime: Runtime, wordpress: WordPress) -> int:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Économie & Ports", now=runtime.clock())
        return poll.add_feed(
            session,
            f"{wordpress.site.url}/wp-json/",
            newsletter_id=newsletter.id,
            now=runtime.clock(),
        )


def read(runtime: Runtime, feed_id: int) -> PollResult:
    polled = poll.poll_feed(
        runtime.begin, feed_id, clock=runtime.clock, zone=UTC, allow_private=True
    )
    assert polled is not None
    return polled


def a_feed(site: Site, *numbers: int) -> bytes:
    items = "".join(ITEM.format(n=n, site=site.url) for n in numbers)
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


def stored(session: Session) -> list[Article]:
    return list(session.scalars(select(Article).order_by(Article.id)))


def test_an_address_of_the_api_is_read_as_wordpress(runtime: Runtime, feed_id: int) -> None:
    """The operator says nothing else."""
    polled = read(runtime, feed_id)

    assert (polled.new, polled.archive, polled.error) == (1, 0, None)
    with runtime.begin() as session:
        assert find.get_feed(session, feed_id).kind == FeedKind.WORDPRESS
        (article,) = stored(session)
        assert (article.section, article.image_alt) == ("Économie & Ports", "Un quai du port")


def test_a_correction_revises_and_an_old_post_is_no_news(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """An editor who mends a post of 2019 sends nobody old news."""
    read(runtime, feed_id)
    clock.advance(minutes=10)
    wordpress.publish(
        1, at=clock() - timedelta(hours=2), changed=clock(), title={"rendered": "Le port attend"}
    )
    wordpress.publish(2, at=clock() - timedelta(days=1_200), changed=clock())

    polled = read(runtime, feed_id)

    assert (polled.new, polled.archive, polled.revised) == (1, 1, 1)


def test_a_post_that_vanishes_is_not_withdrawn(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """A list says what is new, not what is gone; a webhook says that."""
    read(runtime, feed_id)
    clock.advance(minutes=10)
    wordpress.posts = []

    read(runtime, feed_id)

    with runtime.begin() as session:
        assert [each.withdrawn_at for each in stored(session)] == [None]


def test_by_feed_and_by_the_api_it_is_one_article(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """A newsroom that adds both must not send its readers everything twice."""
    wordpress.site.pages["/feed/"] = answer(a_feed(wordpress.site, 1))
    read(runtime, feed_id)
    with runtime.begin() as session:
        other = poll.add_feed(session, f"{wordpress.site.url}/feed/", newsletter_id=1, now=clock())

    polled = read(runtime, other)

    assert (polled.new, polled.items) == (0, 1)
    with runtime.begin() as session:
        assert len(stored(session)) == 1


def test_a_site_that_closes_its_api_is_read_by_its_feed(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """A security plug-in that is installed one evening must not stop tomorrow's newsletter."""
    read(runtime, feed_id)
    clock.advance(minutes=10)
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(status="403 Forbidden")
    wordpress.site.pages["/feed/"] = answer(a_feed(wordpress.site, 2, 1))

    polled = read(runtime, feed_id)

    assert (polled.new, polled.error) == (1, None)
    assert polled.remark is not None
    assert "WordPress's REST API (403), so its feed is read instead" in str(polled.remark)


def test_a_site_with_neither_says_what_to_ask_for(
    runtime: Runtime, wordpress: WordPress, feed_id: int
) -> None:
    """The operator writes one email to the site's administrator."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(
        b'{"code":"rest_no_route"}', status="404 Not Found"
    )

    polled = read(runtime, feed_id)

    assert polled.error is not None
    assert "(rest_no_route), and its feed" in str(polled.error)
    assert "cannot be read either: The site answered 404" in str(polled.error)


def test_retry_after_is_obeyed(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """As for any feed."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(
        status="429 Too Many Requests", headers={"Retry-After": "86400"}
    )

    read(runtime, feed_id)

    with runtime.begin() as session:
        assert find.get_feed(session, feed_id).next_poll_at >= clock() + timedelta(hours=24)


def test_a_date_in_the_future_hides_no_later_post(
    runtime: Runtime, wordpress: WordPress, feed_id: int, clock: FakeClock
) -> None:
    """One wrong date, and nothing newer would ever be asked for."""
    wordpress.publish(9, at=clock() + timedelta(hours=30))
    read(runtime, feed_id)
    clock.advance(hours=1)
    wordpress.publish(2, at=clock())

    assert read(runtime, feed_id).new == 1
