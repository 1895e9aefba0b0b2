"""A withdrawn article stays on record; withdrawing again changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from service.articles import find, ingest
from service.articles.ingest import ArticleKind
from service.articles.parsed_article import ParsedArticle
from service.articles.withdraw import withdraw, withdraw_matching
from service.kit.db import Begin
from service.kit.errors import NotFound
from tests.builders import an_article

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
STORY = ParsedArticle(
    title="Les pêcheurs reprennent la mer",
    summary="Après trois semaines d’arrêt.",
    url="https://courrier.example/pecheurs",
    guid="courrier-1001",
)


def test_an_article_is_withdrawn_once_and_keeps_the_first_instant(begin: Begin) -> None:
    with begin() as session:
        article_id = an_article(session, "Sport", seen=NOW).id

        first = withdraw(session, article_id, now=NOW)
        again = withdraw(session, article_id, now=NOW + timedelta(hours=1))

        assert (first, again) == (True, False)
        assert find.get_article(session, article_id).withdrawn_at == NOW


def test_an_article_that_does_not_exist_is_said_to_be_missing(begin: Begin) -> None:
    with begin() as session, pytest.raises(NotFound, match="crieur article list"):
        withdraw(session, 404, now=NOW)


def test_a_publishers_event_withdraws_by_the_articles_own_name(begin: Begin) -> None:
    with begin() as session:
        stored = ingest.upsert(session, STORY, kind=ArticleKind.EVENT, now=NOW).article

        unknown = withdraw_matching(
            session, ParsedArticle(title=STORY.title, guid="courrier-7"), now=NOW
        )
        known = withdraw_matching(
            session, ParsedArticle(title="Autre titre", guid="courrier-1001"), now=NOW
        )

        assert (unknown, known) == (None, stored.id)
        assert find.get_article(session, stored.id).withdrawn_at == NOW
