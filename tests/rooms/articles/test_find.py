"""Articles and feeds are found by number, section and words, a page at a time."""

from datetime import UTC, datetime

import pytest

from service.articles import find
from service.articles.feeds.poll import add_feed
from service.kit.db import Begin
from service.kit.errors import NotFound
from tests.builders import a_newsletter, an_article

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def test_pages_of_articles_join_without_a_gap_or_an_overlap(begin: Begin) -> None:
    with begin() as session:
        ids = [an_article(session, "Sport", seen=NOW).id for _ in range(5)]

        first = find.list_articles(session, size=2)
        second = find.list_articles(session, size=2, before_id=first.after)
        third = find.list_articles(session, size=2, before_id=second.after)

    pages = (first, second, third)
    assert [each.id for page in pages for each in page.rows] == ids[::-1]
    assert third.after is None


def test_articles_are_found_by_the_name_of_a_section_and_by_words_of_the_headline(
    begin: Begin,
) -> None:
    with begin() as session:
        an_article(session, "Économie", seen=NOW, title="Le cacao à 100 % ivoirien")
        an_article(session, "Sport", seen=NOW, title="Un match")

        by_section = find.list_articles(session, section="ECONOMIE")
        by_words = find.list_articles(session, words="MATCH")
        literally = find.list_articles(session, words="100 %")

    assert [each.section for each in by_section.rows] == ["Économie"]
    assert [each.title for each in by_words.rows] == ["Un match"]
    assert [each.title for each in literally.rows] == ["Le cacao à 100 % ivoirien"]


def test_feeds_are_those_of_one_newsletter_or_all(begin: Begin) -> None:
    with begin() as session:
        morning = a_newsletter(session, now=NOW)
        evening = a_newsletter(session, now=NOW, slug="le-soir")
        feeds = [
            add_feed(
                session,
                f"https://courrier.example/{paper.slug}",
                newsletter_id=paper.id,
                now=NOW,
            )
            for paper in (morning, evening)
        ]

        assert [each.id for each in find.list_feeds(session, newsletter_id=evening.id)] == [
            feeds[1]
        ]
        assert {each.id for each in find.list_feeds(session)} == set(feeds)
        assert find.get_feed(session, feeds[0]).url == "https://courrier.example/le-matin"


def test_what_does_not_exist_is_said_with_the_command_that_lists(begin: Begin) -> None:
    with begin() as session:
        with pytest.raises(NotFound, match="crieur article list"):
            find.get_article(session, 404)
        with pytest.raises(NotFound, match="crieur feed list"):
            find.get_feed(session, 404)
