"""An operator's word about an article outlasts the next poll."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.articles import correct, find, ingest, section_rules
from service.articles.correct import correction_of
from service.articles.corrections import ArticleCorrection
from service.articles.feeds import poll
from service.articles.ingest import ArticleKind, FeedContext, IngestState
from service.articles.parsed_article import ParsedArticle
from service.articles.placement import PlacementReason, RuleField
from service.articles.withdraw import withdraw
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid, NotFound
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
STORY = ParsedArticle(
    title="Le porc d’Abidjan s’agrandit",
    summary="Les travaux commencent.",
    url="https://courrier.example/port",
    section="Continent",
    published=NOW,
)


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


@pytest.fixture
def paper(session: Session) -> NewsletterDetails:
    return a_newsletter(session, "Continent", "Culture", now=NOW)


@pytest.fixture
def feed(session: Session, paper: NewsletterDetails) -> FeedContext:
    url = "https://courrier.example/flux"
    feed_id = poll.add_feed(session, url, newsletter_id=paper.id, now=NOW)
    return FeedContext(feed_id=feed_id, newsletter_id=paper.id, section_key="continent")


def took(session: Session, feed: FeedContext, parsed: ParsedArticle = STORY) -> int:
    result = ingest.upsert(session, parsed, kind=ArticleKind.FEED, now=LATER, feed=feed)
    return result.article.id


def changed(session: Session, article_id: int, **changes: Any) -> ArticleCorrection:
    stored = correction_of(find.get_article(session, article_id))
    return ArticleCorrection(
        **{
            name: changes.get(name, getattr(stored, name))
            for name in ("title", "summary", "section", "authors", "image_url", "image_alt")
        }
    )


def test_a_corrected_headline_outlasts_the_next_poll(session: Session, feed: FeedContext) -> None:
    """The feed still has the old one, every five minutes."""
    article_id = took(session, feed)
    title = " Le port d’Abidjan\n s’agrandit "

    done = correct.correct(session, article_id, changed(session, article_id, title=title), now=NOW)
    again = ingest.upsert(session, STORY, kind=ArticleKind.FEED, now=LATER, feed=feed)

    assert done
    assert again.state is IngestState.UNCHANGED
    assert again.article.title == "Le port d’Abidjan s’agrandit"
    assert again.article.revised_at == NOW


def test_a_headline_that_the_site_changes_itself_replaces_the_correction(
    session: Session, feed: FeedContext
) -> None:
    """It is the publisher's, and newer."""
    article_id = took(session, feed)
    correct.correct(session, article_id, changed(session, article_id, title="Le port"), now=NOW)

    newer = ParsedArticle(title="Le port ferme", url=STORY.url, published=NOW)
    took(session, feed, newer)

    assert find.get_article(session, article_id).title == "Le port ferme"


def test_all_that_readers_see_in_a_digest_is_corrected(session: Session, feed: FeedContext) -> None:
    """Headline, summary, section, authors, picture; tracking parameters go."""
    article_id = took(session, feed)
    correction = ArticleCorrection(
        title="Un titre",
        summary="Un résumé.",
        section=" Culture ",
        authors=("Awa Koné", " ", "Jean Sossou"),
        image_url="https://courrier.example/quai.jpg?utm_source=x",
        image_alt="Un quai",
    )

    correct.correct(session, article_id, correction, now=NOW)

    article = find.get_article(session, article_id)
    assert (article.section, article.section_key) == ("Culture", "culture")
    assert article.authors == ["Awa Koné", "Jean Sossou"]
    assert article.image_url == "https://courrier.example/quai.jpg"
    assert not correct.correct(session, article_id, correction, now=LATER)


def test_what_no_article_may_be_is_refused(session: Session, feed: FeedContext) -> None:
    """One sentence, and nothing is stored."""
    article_id = took(session, feed)

    for changes in ({"title": " "}, {"image_url": "javascript:alert(1)"}):
        wrong = changed(session, article_id, **changes)
        with pytest.raises(Invalid):
            correct.correct(session, article_id, wrong, now=NOW)
    with pytest.raises(NotFound):
        correct.correct(session, 404, changed(session, article_id), now=NOW)
    withdraw(session, article_id, now=NOW)
    with pytest.raises(Conflict):
        correct.correct(session, article_id, changed(session, article_id, title="X"), now=NOW)
    assert find.get_article(session, article_id).title == STORY.title


def test_a_refiled_article_stays_there_whatever_rules_and_feeds_say(
    session: Session, paper: NewsletterDetails, feed: FeedContext
) -> None:
    """The editor has read it; a rule has not."""
    article_id = took(session, feed)
    section_rules.add_rule(
        session, paper, field=RuleField.PATH, pattern="/port", section="continent"
    )

    slug = correct.refile(session, article_id, paper, section="Culture")
    took(session, feed)

    (preview,) = section_rules.preview_placements(session, paper, since=NOW)
    assert slug == "culture"
    assert (preview.placement.section, preview.placement.reason) == (
        "culture",
        PlacementReason.REFILED,
    )


def test_a_newsletter_may_take_the_article_of_another_ones_feed(
    session: Session, paper: NewsletterDetails, feed: FeedContext
) -> None:
    """An editor of the evening letter has seen it in the morning one."""
    other = a_newsletter(session, "Culture", now=NOW, slug="le-soir")
    article_id = took(session, feed)
    correct.refile(session, article_id, other, section="culture")

    (mine,) = section_rules.preview_placements(session, paper, since=NOW)
    (theirs,) = section_rules.preview_placements(session, other, since=NOW)

    assert (mine.placement.section, theirs.placement.section) == ("continent", "culture")


def test_an_article_is_refiled_only_where_the_newsletter_has_a_section(
    session: Session, paper: NewsletterDetails, feed: FeedContext
) -> None:
    """The message lists those that it has."""
    article_id = took(session, feed)

    with pytest.raises(Invalid, match="it has Continent and Culture"):
        correct.refile(session, article_id, paper, section="Sport")
    with pytest.raises(NotFound):
        correct.refile(session, 404, paper, section="Culture")
