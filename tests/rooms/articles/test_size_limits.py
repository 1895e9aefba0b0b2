"""However much a source tells of an article, what is stored of it has a size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles import ingest
from service.articles.ingest import ArticleKind, IngestState
from service.articles.parsed_article import ParsedArticle
from service.articles.size_limits import (
    MAX_LINE_LENGTH,
    MAX_NAMES,
    MAX_PARAGRAPHS,
    MAX_TEXT_LENGTH,
    enforce_limits,
    truncate,
)
from service.kit.db import Begin
from tests.conftest import FakeClock

HUGE = "mot " * 500_000


def _whole(**changes: object) -> ParsedArticle:
    parsed = ParsedArticle(
        title="Le port allonge un quai",
        section="Économie",
        summary="Les travaux durent.",
        body=("Un.", "Deux."),
        authors=("Awa Koné",),
        url="https://courrier.example/port",
        guid="post-1",
    )
    return ParsedArticle(
        **{**{name: getattr(parsed, name) for name in parsed.__slots__}, **changes}
    )


def test_an_article_that_somebody_wrote_stays_as_it_is() -> None:
    assert enforce_limits(_whole()) == _whole()


@pytest.mark.parametrize("field", ["title", "summary", "section", "image_alt"])
def test_a_line_is_cut_between_two_words(field: str) -> None:
    kept = getattr(enforce_limits(_whole(**{field: HUGE})), field)

    assert len(kept) <= MAX_LINE_LENGTH
    assert kept.endswith("mot…")


@pytest.mark.parametrize("field", ["authors", "categories", "tags", "related"])
def test_names_are_counted_and_cut(field: str) -> None:
    kept = getattr(enforce_limits(_whole(**{field: (HUGE,) * 1000})), field)

    assert len(kept) == MAX_NAMES
    assert max(map(len, kept)) <= 500


@pytest.mark.parametrize("field", ["url", "image_url", "guid"])
def test_an_address_that_is_too_long_is_none(field: str) -> None:
    assert (
        getattr(
            enforce_limits(_whole(**{field: "https://courrier.example/" + "a" * MAX_LINE_LENGTH})),
            field,
        )
        is None
    )


def test_a_text_ends_somewhere() -> None:
    many = enforce_limits(_whole(body=("a",) * (MAX_PARAGRAPHS + 1))).body
    long = enforce_limits(_whole(body=(HUGE, HUGE, HUGE))).body

    assert len(many) == MAX_PARAGRAPHS
    assert sum(map(len, long)) <= MAX_TEXT_LENGTH


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_a_beginning_of_the_whole(text: str, most: int) -> None:
    kept = truncate(text, most)

    assert len(kept) <= most
    assert kept == text or text.startswith(kept.removesuffix("…"))


def test_what_is_told_again_just_as_large_is_known(begin: Begin, clock: FakeClock) -> None:
    parsed = _whole(title=HUGE, authors=(HUGE,) * 1000)

    with begin() as session:
        states = [
            ingest.upsert(session, parsed, kind=ArticleKind.FEED, now=clock.now).state
            for _ in range(2)
        ]

    assert states == [IngestState.NEW, IngestState.UNCHANGED]
