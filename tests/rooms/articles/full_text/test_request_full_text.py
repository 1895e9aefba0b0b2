"""Only the pages that are needed are asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from service.articles.full_text.request_full_text import (
    MIN_TEXT_LENGTH,
    host_of,
    needs_full_text,
    request_full_texts,
)
from service.articles.ingest import IngestResult, IngestState
from service.articles.read_models import ArticleDetails, article_details
from service.articles.tables import FullTextRequest
from service.kit.db import Begin
from tests.builders import an_article

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)


def stored(begin: Begin, **changes: Any) -> ArticleDetails:
    with begin() as session:
        return article_details(an_article(session, "Politique", seen=NOW, **changes))


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),
        ({"body": ["Une accroche…"]}, True),
        ({"body": ["x" * MIN_TEXT_LENGTH]}, False),
        ({"body": ["x" * MIN_TEXT_LENGTH], "full_text_at": NOW}, True),
        ({"url": None}, False),
        ({"backlog": True}, False),
        ({"withdrawn_at": NOW}, False),
    ],
)
def test_a_page_is_needed_where_the_text_is_missing(
    begin: Begin, changes: dict[str, Any], *, needed: bool
) -> None:
    """An archive of ten thousand articles is not fetched, nor what is there already."""
    assert needs_full_text(stored(begin, **changes)) is needed


def test_new_and_revised_articles_are_asked_for_and_others_not(begin: Begin) -> None:
    """A poll every five minutes must not fetch the same pages every five minutes."""
    states = (IngestState.NEW, IngestState.REVISED, IngestState.UNCHANGED)
    results = [IngestResult(article=stored(begin), state=state) for state in states]

    with begin() as session:
        asked = request_full_texts(session, results, now=NOW)
        rows = session.scalars(select(FullTextRequest.article_id)).all()

    assert asked == len(rows) == 2
    assert set(rows) == {each.article.id for each in results[:2]}


def test_a_host_is_its_scheme_and_name() -> None:
    """Two ports are two servers."""
    assert host_of("https://Courrier.example:8443/a?b") == "https://courrier.example:8443"
