"""Of all dates on a page, the article's own."""

from datetime import UTC, datetime

from htmldate.extractors import get_external_parser
from lxml import html

from service.articles.html_page.dates import page_published, page_updated
from service.articles.html_page.metadata import ArticlePage


def page(markup: str = "", *, url: str = "", **jsonld: str) -> ArticlePage:
    tree = html.document_fromstring(f"<html><body><h1>Un titre</h1>{markup}</body></html>")
    return ArticlePage(
        tree=tree, own_tree=tree, url=url, described=jsonld, meta={}, title_tag="", guess=None
    )


def published(found: ArticlePage, *, shown: datetime | None = None) -> datetime | None:
    return page_published(found, title="Un titre", shown=shown, zone=UTC)


def test_the_metadata_comes_before_what_is_shown() -> None:
    told = page(datePublished="2023-02-08T12:00:00Z")

    assert published(told, shown=datetime(2024, 1, 2, tzinfo=UTC)) == datetime(
        2023, 2, 8, 12, tzinfo=UTC
    )


def test_the_day_in_the_url_overrides_a_later_date() -> None:
    """A site that moved had given its whole archive the day of the move."""
    moved = page(url="https://courrier.example/2017/07/12/un", datePublished="2023-02-08")

    assert published(moved) == datetime(2017, 7, 12, tzinfo=UTC)


def test_an_impossible_day_in_the_url_is_ignored() -> None:
    found = page(url="https://courrier.example/2017/02/31/un", datePublished="2023-02-08")

    assert published(found) == datetime(2023, 2, 8, tzinfo=UTC)


def test_a_marked_date_adds_the_time_to_the_day_that_was_found() -> None:
    found = page("<article><time datetime='2023-02-08T09:30:00Z'>8 février 2023</time></article>")

    assert published(found) == datetime(2023, 2, 8, 9, 30, tzinfo=UTC)


def test_the_update_is_read_from_the_metadata() -> None:
    told = page(dateModified="2023-02-09")

    assert page_updated(told, title="Un titre", shown=None, zone=UTC) == datetime(
        2023, 2, 9, tzinfo=UTC
    )


def test_a_date_in_words_is_searched_in_our_languages_only() -> None:
    """For the first such date its parser loaded 200 languages, and the page was refused as slow."""
    published(page("<p>Paru le 8e jour du mois de février bleu de 2023</p>"))

    assert get_external_parser().languages == ["fr", "en", "pt", "es", "de", "it", "nl", "ar"]
