"""Links to other articles inside a text."""

import pytest

from service.articles.parsing.related_links import (
    extract_related_links,
    related_headline,
    split_at_related_links,
    strip_feed_footer,
)


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("À lire aussi : Le port rouvre", "Le port rouvre"),
        ("A LIRE AUSSI", ""),
        ("Read also: The port reopens", "The port reopens"),
        ("[Lire aussi : Le port rouvre]", "Le port rouvre"),
        ("Il aime lire aussi des romans.", None),
    ],
)
def test_a_related_link_names_a_headline(text: str, headline: str | None) -> None:
    assert related_headline(text) == headline


def test_a_link_inside_a_paragraph_is_split_off() -> None:
    parts = split_at_related_links("Le port ferme. LIRE AUSSI : Le port rouvre")

    assert parts == ["Le port ferme.", "LIRE AUSSI : Le port rouvre"]


def test_paragraphs_and_links_are_separated_each_once() -> None:
    paragraphs = ["Le port ferme.", "À lire aussi : Le port rouvre", "Un titre connu"]

    kept, related = extract_related_links(
        [*paragraphs, paragraphs[1]], known=["Un titre connu", ""]
    )

    assert (kept, related) == (["Le port ferme."], ["Un titre connu", "Le port rouvre"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un texte. L’article Un titre est apparu en premier sur Courrier.", "Un texte."),
        ("Un texte. The post A title appeared first on Courier.", "Un texte."),
        ("Un texte. Lire la suite »", "Un texte."),
        ("Un texte qui […]", "Un texte qui…"),
        ("Un texte. [...]", "Un texte."),
    ],
)
def test_the_footer_of_a_feeds_item_is_stripped(text: str, expected: str) -> None:
    assert strip_feed_footer(text) == expected
