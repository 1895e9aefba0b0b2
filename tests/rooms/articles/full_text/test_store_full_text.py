"""A page's text is stored where it is one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.articles.full_text.store_full_text import store_full_text
from service.articles.tables import Article
from service.kit.db import Begin
from tests.builders import an_article

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)
TEXT = ("Un premier paragraphe.", "Un second paragraphe.")


def stored(begin: Begin, **changes: Any) -> tuple[Article, bool]:
    with begin() as session:
        article = an_article(session, "Politique", seen=NOW, **changes)
        return article, store_full_text(article, TEXT, now=NOW)


def test_a_longer_text_replaces_a_teaser(begin: Begin) -> None:
    """And the article is known by its new content, so that the next poll sees no change."""
    article, is_stored = stored(begin, body=["Un premier…"], content_hash="before")

    assert (is_stored, article.body, article.full_text_at) == (True, list(TEXT), NOW)
    assert article.content_hash != "before"
    assert article.revised_at is None


@pytest.mark.parametrize(
    "changes",
    [{"body": ["x" * 100]}, {"withdrawn_at": NOW}],
    ids=["shorter", "withdrawn"],
)
def test_a_shorter_text_and_a_withdrawn_article_are_left_alone(
    begin: Begin, changes: dict[str, Any]
) -> None:
    """A paywall shows less than the feed, and what was withdrawn stays so."""
    article, is_stored = stored(begin, **changes)

    assert (is_stored, article.full_text_at) == (False, None)


def test_a_corrected_text_may_be_shorter(begin: Begin) -> None:
    """A paragraph that was wrong is gone from the page."""
    article, is_stored = stored(begin, body=["x" * 100], full_text_at=NOW)

    assert (is_stored, article.body) == (True, list(TEXT))
