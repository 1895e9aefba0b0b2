"""Datelines and bylines on a copied page."""

from datetime import UTC

import pytest

from service.articles.plain_text.attribution import (
    is_byline,
    is_content_line,
    is_dateline_or_byline,
)
from service.articles.plain_text.lines import TextLine, classify_lines


def line(text: str) -> TextLine:
    (found,) = classify_lines(text, zone=UTC)
    return found


@pytest.mark.parametrize(
    "text",
    ["Publié le 08/02/2023", "Par Awa Koné", "14:39, mercredi 2023", "Updated 2:39 PM EST"],
)
def test_dates_and_cued_names_attribute_what_is_above(text: str) -> None:
    assert is_dateline_or_byline(line(text))


def test_prose_with_a_date_attributes_nothing() -> None:
    text = "Le 8 février 2023, les députés ont voté le texte après trois jours de débats agités."

    assert not is_dateline_or_byline(line(text))


def test_a_name_alone_is_a_byline() -> None:
    assert is_byline(line("Awa Koné"))
    assert not is_byline(line("Le port rouvre"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Le port agrandit ses quais", True),
        ("Sport, Culture, Monde, Santé, Afrique", False),
        ("Sign in to comment", False),
        ("• Un point de liste", False),
        ("Facebook Twitter", False),
    ],
)
def test_lists_and_services_are_no_content(text: str, *, expected: bool) -> None:
    assert is_content_line(line(text)) is expected
