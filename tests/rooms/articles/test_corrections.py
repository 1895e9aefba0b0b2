"""A correction holds until the source itself says something else there."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.articles.corrections import (
    FIELDS,
    ArticleCorrection,
    apply_correction,
    keep_corrections,
)
from service.articles.parsed_article import ParsedArticle

SOURCE = ParsedArticle(title="Le porc s’agrandit", summary="Texte.", authors=("Awa Koné",))


def said(article: ParsedArticle, **changes: Any) -> ArticleCorrection:
    values = {name: getattr(article, name) for name in FIELDS}
    return ArticleCorrection(**{**values, **changes})


def test_what_the_source_says_is_kept_beside_the_correction() -> None:
    """By it a later poll is compared; a second correction does not replace it."""
    once, first = apply_correction(SOURCE, said(SOURCE, title="Le port s’agrandit"), {})
    twice, second = apply_correction(once, said(once, title="Le port grandit", authors=()), first)

    assert (once.title, first) == ("Le port s’agrandit", {"title": "Le porc s’agrandit"})
    assert (twice.title, twice.authors) == ("Le port grandit", ())
    assert second == {"title": "Le porc s’agrandit", "authors": ["Awa Koné"]}


def test_a_field_that_is_again_the_sources_is_no_correction() -> None:
    """The operator has taken it back."""
    once, first = apply_correction(SOURCE, said(SOURCE, title="Le port"), {})

    again, second = apply_correction(once, said(once, title=SOURCE.title), first)

    assert (again, second) == (SOURCE, {})


def test_the_same_from_the_source_again_changes_nothing() -> None:
    """A feed is polled every five minutes."""
    known, corrections = apply_correction(SOURCE, said(SOURCE, title="Le port"), {})

    kept, still = keep_corrections(replace(SOURCE, summary="Neuf."), known, corrections)

    assert (kept.title, kept.summary, still) == ("Le port", "Neuf.", corrections)


def test_another_word_of_the_source_replaces_the_correction() -> None:
    """The site has corrected its headline itself, or news has come."""
    known, corrections = apply_correction(SOURCE, said(SOURCE, title="Le port"), {})

    kept, still = keep_corrections(replace(SOURCE, title="Le port ferme"), known, corrections)

    assert (kept.title, still) == ("Le port ferme", {})


def test_a_source_that_lacks_a_field_does_not_contradict() -> None:
    """A feed has no picture, and the page had none when it was corrected."""
    picture = "https://courrier.example/quai.jpg"
    known, corrections = apply_correction(SOURCE, said(SOURCE, image_url=picture), {})

    kept, still = keep_corrections(SOURCE, known, corrections)

    assert (kept.image_url, still) == (picture, {"image_url": None})


WORDS = st.sampled_from(["", "un", "deux"])


@given(WORDS, WORDS, WORDS)
def test_what_readers_see_is_the_correction_or_the_sources_newer_word(
    first: str, corrected: str, later: str
) -> None:
    """Whatever is said in whichever order, no third word appears."""
    source = ParsedArticle(title="T", summary=first)
    known, corrections = apply_correction(source, said(source, summary=corrected), {})

    kept, _ = keep_corrections(replace(source, summary=later), known, corrections)

    has_changed = bool(later) and later != first
    if corrected == first or has_changed:
        assert kept.summary == later
    else:
        assert kept.summary == corrected
