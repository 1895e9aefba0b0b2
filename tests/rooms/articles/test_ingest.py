"""Articles are stored once, however often and wherever from they come."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.articles import find, ingest
from service.articles.feeds.poll import add_feed
from service.articles.ingest import ArticleKind, FeedContext, IngestState
from service.articles.parsed_article import ParsedArticle
from service.articles.tables import Article, ArticlePlacement
from service.articles.withdraw import withdraw, withdraw_matching
from service.kit.db import Begin
from service.kit.errors import NotFound
from tests.builders import a_newsletter

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
STORY = ParsedArticle(
    title="Les pêcheurs de Grand-Popo reprennent la mer",
    section="Économie",
    summary="Après trois semaines d’arrêt, les pirogues sont de retour.",
    published=NOW - timedelta(hours=1),
    url="https://courrier.example/economie/pecheurs?utm_source=flux",
    guid="courrier-1001",
    language="fr",
)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Article)) or 0


def test_a_new_story_becomes_an_article_with_a_section_key(begin: Begin) -> None:
    with begin() as session:
        taken = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

    assert taken.state is IngestState.NEW
    assert taken.article.section_key == "economie"
    assert taken.article.url == "https://courrier.example/economie/pecheurs"
    assert taken.article.publication_wide
    assert taken.article.first_seen_at == NOW


def test_the_same_story_again_changes_nothing(begin: Begin) -> None:
    with begin() as session:
        first = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

    with begin() as session:
        again = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW + timedelta(hours=2))

        assert again.state is IngestState.UNCHANGED
        assert again.article.id == first.article.id
        assert again.article.first_seen_at == NOW
        assert again.article.revised_at is None


@pytest.mark.parametrize(
    "url",
    [
        "http://courrier.example/economie/pecheurs/",
        "https://www.courrier.example/economie/pecheurs?fbclid=abc#commentaires",
        "HTTPS://COURRIER.EXAMPLE:443/economie/pecheurs",
    ],
)
def test_another_spelling_of_the_address_is_the_same_article(begin: Begin, url: str) -> None:
    with begin() as session:
        first = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        again = ingest.upsert(
            session, replace(STORY, url=url, guid=None), kind=ArticleKind.PAGE, now=NOW
        )

        assert again.article.id == first.article.id


def test_a_changed_headline_is_a_revision_of_the_same_article(begin: Begin) -> None:
    later = NOW + timedelta(hours=1)
    with begin() as session:
        ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

    with begin() as session:
        revised = ingest.upsert(
            session,
            replace(STORY, title="Pêche : retour en mer"),
            kind=ArticleKind.EVENT,
            now=later,
        )

        assert revised.state is IngestState.REVISED
        assert revised.article.title == "Pêche : retour en mer"
        assert revised.article.first_seen_at == NOW
        assert revised.article.revised_at == later


def test_a_source_that_tells_less_takes_nothing_away(begin: Begin) -> None:
    full = replace(STORY, body=("Un.", "Deux."), authors=("Awa Diop",))
    with begin() as session:
        ingest.upsert(session, full, kind=ArticleKind.PAGE, now=NOW)

        again = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        assert again.state is IngestState.UNCHANGED
        assert again.article.body == ["Un.", "Deux."]
        assert again.article.authors == ["Awa Diop"]


def test_a_clipping_without_address_is_known_by_headline_and_day(begin: Begin) -> None:
    clipping = replace(STORY, url=None, guid=None)
    with begin() as session:
        ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        same = ingest.upsert(session, clipping, kind=ArticleKind.CLIPPING, now=NOW)
        other_day = ingest.upsert(
            session,
            replace(clipping, published=NOW - timedelta(days=30)),
            kind=ArticleKind.CLIPPING,
            now=NOW,
        )

        assert same.state is IngestState.UNCHANGED
        assert other_day.state is IngestState.NEW


def test_two_articles_may_share_headline_and_day(begin: Begin) -> None:
    other = replace(STORY, url="https://courrier.example/meteo/2", guid="courrier-1002")
    with begin() as session:
        taken = ingest.upsert_all(session, [STORY, other], kind=ArticleKind.EVENT, now=NOW)

        assert [each.state for each in taken] == [IngestState.NEW, IngestState.NEW]


def test_a_withdrawn_article_stays_withdrawn(begin: Begin) -> None:
    with begin() as session:
        first = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)
        withdraw(session, first.article.id, now=NOW)

    with begin() as session:
        again = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        assert again.state is IngestState.WITHDRAWN
        assert again.article.withdrawn_at == NOW


def test_a_publisher_withdraws_by_address_or_guid(begin: Begin) -> None:
    with begin() as session:
        first = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        found = withdraw_matching(session, ParsedArticle(title="", guid="courrier-1001"), now=NOW)

        assert found == first.article.id
        assert withdraw_matching(session, ParsedArticle(title="", guid="unknown"), now=NOW) is None


def test_withdrawing_what_does_not_exist_says_so(begin: Begin) -> None:
    with begin() as session, pytest.raises(NotFound, match="no article 12345"):
        withdraw(session, 12345, now=NOW)


@pytest.mark.parametrize("year", [1066, 1970, 2099, 9000])
def test_far_dates_are_stored_all_the_same(begin: Begin, year: int) -> None:
    parsed = replace(STORY, published=datetime(year, 1, 1, tzinfo=UTC))

    with begin() as session:
        article_id = ingest.upsert(session, parsed, kind=ArticleKind.EVENT, now=NOW).article.id

    with begin() as session:
        assert find.get_article(session, article_id).published_at == parsed.published


def test_a_feed_files_its_articles_for_its_newsletter(begin: Begin) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, "Pêche", now=NOW)
        feed_id = add_feed(
            session, "https://courrier.example/flux", newsletter_id=newsletter.id, now=NOW
        )
        origin = FeedContext(feed_id=feed_id, newsletter_id=newsletter.id, section_key="peche")

        taken = ingest.upsert(session, STORY, kind=ArticleKind.FEED, now=NOW, feed=origin)

        filing = session.scalars(select(ArticlePlacement)).one()
        assert (filing.article_id, filing.section_key) == (taken.article.id, "peche")
        assert not taken.article.publication_wide


def test_an_event_makes_a_feeds_article_publication_wide(begin: Begin) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=NOW)
        feed_id = add_feed(
            session, "https://courrier.example/flux", newsletter_id=newsletter.id, now=NOW
        )
        origin = FeedContext(feed_id=feed_id, newsletter_id=newsletter.id)
        ingest.upsert(session, STORY, kind=ArticleKind.FEED, now=NOW, feed=origin)

        again = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW)

        assert again.article.publication_wide


def test_the_same_story_twice_in_a_batch_counts_once(begin: Begin) -> None:
    with begin() as session:
        taken = ingest.upsert_all(session, [STORY, STORY], kind=ArticleKind.EVENT, now=NOW)

        assert len(taken) == 1
        assert count(session) == 1


def test_plain_guids_of_two_feeds_do_not_collide(begin: Begin) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=NOW)
        feeds = [
            add_feed(session, f"https://{n}.example/", newsletter_id=newsletter.id, now=NOW)
            for n in ("a", "b")
        ]
        states = [
            ingest.upsert(
                session,
                ParsedArticle(title=f"Titre {feed_id}", guid="1"),
                kind=ArticleKind.FEED,
                now=NOW,
                feed=FeedContext(feed_id=feed_id, newsletter_id=newsletter.id),
            ).state
            for feed_id in feeds
        ]

        assert states == [IngestState.NEW, IngestState.NEW]


def test_a_moved_article_is_known_though_another_feed_has_its_headline(begin: Begin) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=NOW)
        feeds = [
            FeedContext(
                feed_id=add_feed(
                    session, f"https://{n}.example/", newsletter_id=newsletter.id, now=NOW
                ),
                newsletter_id=newsletter.id,
            )
            for n in ("a", "b")
        ]
        states = [
            ingest.upsert(
                session,
                replace(STORY, url=url, guid=url),
                kind=ArticleKind.FEED,
                now=NOW,
                feed=feeds[at],
            ).state
            for at, url in (
                (0, "https://a.example/pecheurs"),
                (1, "https://b.example/peecheurs"),
                (1, "https://b.example/pecheurs"),
            )
        ]

        # Guid and address are corrected together: one article, and not sent twice.
        assert states == [IngestState.NEW, IngestState.NEW, IngestState.REVISED]


def test_workers_that_meet_the_same_articles_at_once_store_each_once(begin: Begin) -> None:
    articles = [
        replace(STORY, title=f"Titre {n}", url=f"https://courrier.example/{n}", guid=f"c-{n}")
        for n in range(40)
    ]

    def work(turn: int) -> list[IngestState]:
        with begin() as session:
            ordered = articles if turn % 2 else articles[::-1]
            return [
                each.state
                for each in ingest.upsert_all(session, ordered, kind=ArticleKind.EVENT, now=NOW)
            ]

    with ThreadPoolExecutor(6) as pool:
        states = [state for result in pool.map(work, range(6)) for state in result]

    with begin() as session:
        assert count(session) == 40
    assert states.count(IngestState.NEW) == 40
    assert states.count(IngestState.UNCHANGED) == 200
