"""An article gets its text from its page, and the site hardly notices."""

from collections.abc import Iterator
from datetime import UTC

import pytest
from sqlalchemy import select

from service.articles.feeds import poll
from service.articles.full_text import fetch_full_text as room
from service.articles.full_text.fetch_full_text import DELAY, MAX_TRIES
from service.articles.tables import Article, FullTextRequest
from service.boot import Runtime
from service.jobs.catalogue import FETCH_FULL_TEXT
from service.jobs.outbox import OutboxRow
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.fakes.site import Manners, Site, answer
from workers import fetch_full_text

PARAGRAPH = (
    "Les travaux du port commencent en mars et dureront deux ans, selon le ministre des "
    "transports, qui a promis que les pêcheurs garderaient leur quai numéro {n}."
)
PAGE = (
    "<!doctype html><html lang=fr><head><title>Titre {n} - Le Courrier</title>"
    '<meta property="og:type" content="article"><meta property="og:title" content="Titre {n}">'
    "</head><body><article><h1>Titre {n}</h1>{text}</article></body></html>"
)
ITEM = (
    "<item><title>Titre {n}</title><link>{site}/{n}</link><guid>urn:courrier:{n}</guid>"
    "<pubDate>Wed, 08 Feb 2023 05:0{n}:00 GMT</pubDate>"
    "<description>{summary} {n}.</description>{content}</item>"
)


def a_page(n: int, *, paragraphs: int = 6) -> bytes:
    text = "".join(f"<p>{PARAGRAPH.format(n=at)}</p>" for at in range(paragraphs))
    return PAGE.format(n=n, text=text).encode()


class Newsroom:
    """A site with a feed of teasers, and the jobs that read its pages."""

    def __init__(self, runtime: Runtime, site: Site, clock: FakeClock) -> None:
        self.runtime, self.site, self.clock = runtime, site, clock
        self.content, self.summary = "", "Une accroche"
        self.feeds: dict[str, int] = {}
        with runtime.begin() as session:
            a_newsletter(session, "Continent", now=clock())

    def publish(self, *numbers: int, path: str = "/flux", full_text: bool = True) -> None:
        """Poll a feed that lists these articles."""
        items = "".join(
            ITEM.format(n=n, site=self.site.url, content=self.content, summary=self.summary)
            for n in numbers
        )
        feed = f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
        self.site.pages[path] = answer(feed.encode())
        if path not in self.feeds:
            with self.runtime.begin() as session:
                self.feeds[path] = poll.add_feed(
                    session,
                    f"{self.site.url}{path}",
                    newsletter_id=1,
                    now=self.clock(),
                    full_text=full_text,
                )
        polled = poll.poll_feed(
            self.runtime.begin, self.feeds[path], clock=self.clock, zone=UTC, allow_private=True
        )
        assert polled is not None
        assert polled.error is None

    def due(self) -> list[int]:
        with self.runtime.begin() as session:
            return room.due_full_texts(session, now=self.clock())

    def work_on(self, *, times: int) -> None:
        """Do what is due, as ticks would enqueue it, as often as a host may be asked."""
        for _ in range(times):
            for article_id in self.due():
                fetch_full_text.run(self.runtime, article_id=article_id)
            self.clock.advance(seconds=DELAY.total_seconds())

    def asked(self) -> list[str]:
        """The paths that were asked for, without the feed's."""
        paths = [each.split(b" ", 2)[1].decode() for each in self.site.requests]
        return [path for path in paths if path not in self.feeds]

    def articles(self) -> list[Article]:
        with self.runtime.begin() as session:
            return list(session.scalars(select(Article).order_by(Article.title)))


@pytest.fixture
def newsroom(runtime: Runtime, clock: FakeClock) -> Iterator[Newsroom]:
    with Site() as site:
        for n in range(1, 5):
            site.pages[f"/{n}"] = answer(a_page(n))
        yield Newsroom(runtime, site, clock)


def test_a_teaser_becomes_the_whole_text_and_stays_the_same_article(newsroom: Newsroom) -> None:
    """A one-piece edition and the hosted page need it; the ledger knows no second article."""
    newsroom.publish(1)
    newsroom.work_on(times=2)

    (article,) = newsroom.articles()
    assert newsroom.asked() == ["/robots.txt", "/1"]
    assert len(article.body) == 6
    assert (article.title, article.summary) == ("Titre 1", "Une accroche 1.")
    assert (article.revised_at, article.full_text_at is not None) == (None, True)
    assert newsroom.due() == []


def test_the_feeds_teaser_does_not_replace_the_text(newsroom: Newsroom, clock: FakeClock) -> None:
    """Each poll would undo what was fetched, and each fetch would be a change again."""
    newsroom.content = (
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        "<![CDATA[<p>Une accroche, plus longue […]</p>]]></content:encoded>"
    )
    newsroom.publish(1)
    newsroom.work_on(times=2)
    clock.advance(hours=1)
    newsroom.publish(1)

    (article,) = newsroom.articles()
    assert len(article.body) == 6
    assert (article.revised_at, newsroom.due()) == (None, [])


def test_a_host_gets_one_request_in_two_seconds(newsroom: Newsroom, clock: FakeClock) -> None:
    """Whatever asks, and in how many processes: PostgreSQL gives the host to one of them."""
    newsroom.publish(1, 2, 3)
    with newsroom.runtime.begin() as session:
        ids = list(session.scalars(select(FullTextRequest.article_id)))

    for article_id in ids:
        fetch_full_text.run(newsroom.runtime, article_id=article_id)
    assert newsroom.asked() == ["/robots.txt"]

    clock.advance(seconds=1.9)
    assert newsroom.due() == []
    clock.advance(seconds=0.1)
    for article_id in ids:
        fetch_full_text.run(newsroom.runtime, article_id=article_id)
    assert len(newsroom.asked()) == 2


def test_the_next_page_of_a_host_is_enqueued_for_its_time(newsroom: Newsroom) -> None:
    """A tick finds one page of a host in five seconds; the chain is faster and as polite."""
    newsroom.publish(1, 2)
    at = newsroom.clock()
    newsroom.work_on(times=1)

    with newsroom.runtime.begin() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.job == FETCH_FULL_TEXT.name)).one()
    assert row.due_at == at + DELAY


def test_what_robots_txt_disallows_is_not_asked_for(newsroom: Newsroom) -> None:
    """The article stays as its feed has it."""
    newsroom.site.pages["/robots.txt"] = answer(b"User-agent: *\nDisallow: /1")
    newsroom.publish(1, 2)
    newsroom.work_on(times=4)

    assert newsroom.asked() == ["/robots.txt", "/2"]
    first, second = newsroom.articles()
    assert (first.body, len(second.body)) == ([], 6)
    assert newsroom.due() == []


def test_a_sites_own_delay_is_obeyed(newsroom: Newsroom, clock: FakeClock) -> None:
    """A small server says how much it can bear."""
    newsroom.site.pages["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 30")
    newsroom.publish(1, 2)
    newsroom.work_on(times=2)

    clock.advance(seconds=27)
    assert newsroom.due() == []
    clock.advance(seconds=1)
    assert len(newsroom.due()) == 1


def test_without_its_robots_txt_a_site_is_left_alone(newsroom: Newsroom, clock: FakeClock) -> None:
    """A server with errors is not asked for pages (RFC 9309, 2.3.1.4)."""
    newsroom.site.pages["/robots.txt"] = answer(status="500 Internal Server Error")
    newsroom.publish(1)
    newsroom.work_on(times=10)
    assert newsroom.asked() == ["/robots.txt"]

    newsroom.site.pages["/robots.txt"] = answer(status="404 Not Found")
    clock.advance(minutes=5)
    newsroom.work_on(times=2)
    assert newsroom.asked()[-1] == "/1"


def test_retry_after_is_obeyed_for_the_whole_host(newsroom: Newsroom, clock: FakeClock) -> None:
    """The other pages of the site must not be asked for either."""
    for path in ("/1", "/2"):
        newsroom.site.pages[path] = answer(
            status="429 Too Many Requests", headers={"Retry-After": "7200"}
        )
    newsroom.publish(1, 2)
    newsroom.work_on(times=2)
    clock.advance(minutes=119)
    assert (len(newsroom.asked()), newsroom.due()) == (2, [])

    clock.advance(minutes=2)
    assert len(newsroom.due()) == 1


def test_after_a_few_tries_the_article_stays_as_it_is(newsroom: Newsroom, clock: FakeClock) -> None:
    """Its text is wanted, not needed."""
    newsroom.site.pages["/1"] = answer(status="503 Service Unavailable")
    newsroom.publish(1)
    for _ in range(MAX_TRIES + 3):
        newsroom.work_on(times=2)
        clock.advance(hours=6)

    assert newsroom.asked().count("/1") == MAX_TRIES
    (article,) = newsroom.articles()
    assert (article.body, article.withdrawn_at) == ([], None)


@pytest.mark.parametrize(
    "page",
    [
        answer(status="404 Not Found"),
        answer(b"<html><h1>Bienvenue</h1>"),
        answer(b"\x00\xff" * 1_000),
        answer(a_page(1, paragraphs=0)),
        answer(b"<div>" * 500_000),
        answer(status="302 Found", headers={"Location": "/"}),
        answer(status="302 Found", headers={"Location": "ftp://x.example/"}),
    ],
    ids=["gone", "no-article", "binary", "no-text", "hostile", "front", "nowhere"],
)
def test_a_page_without_the_text_is_not_asked_for_again(newsroom: Newsroom, page: Manners) -> None:
    """Everything outside is hostile, and the article is as usable as before."""
    newsroom.site.pages["/"] = answer(b"<html><h1>Le Courrier</h1><p>Bienvenue</p>")
    newsroom.site.pages["/1"] = page
    newsroom.publish(1)
    newsroom.work_on(times=3)

    (article,) = newsroom.articles()
    assert (article.body, article.title) == ([], "Titre 1")
    assert newsroom.due() == []


def test_a_corrected_article_is_asked_for_again_if_its_page_has_changed(
    newsroom: Newsroom, clock: FakeClock
) -> None:
    """A correction is in the text, too."""
    newsroom.site.pages["/1"] = answer(a_page(1), headers={"ETag": '"a"'})
    newsroom.publish(1)
    newsroom.work_on(times=2)
    clock.advance(hours=1)
    newsroom.site.pages["/1"] = answer(status="304 Not Modified")
    newsroom.summary = "Une correction"
    newsroom.publish(1)
    newsroom.work_on(times=2)

    assert b'If-None-Match: "a"' in newsroom.site.requests[-1]
    (article,) = newsroom.articles()
    assert (len(article.body), article.summary) == (6, "Une correction 1.")
    assert newsroom.due() == []


def test_a_feed_without_the_setting_asks_for_no_page(newsroom: Newsroom) -> None:
    """Most digests need only the teaser, and most sites no further visitor."""
    newsroom.publish(3, path="/autre", full_text=False)

    assert newsroom.due() == []
