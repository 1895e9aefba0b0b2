"""The article's lines on a page that was copied whole."""

from datetime import UTC

from service.articles.parsing.typography import count_words
from service.articles.plain_text.lines import LineKind, TextLine, classify_lines
from service.articles.plain_text.main_content import names_known_author, select_article_lines

TEXT = "Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale."
PAGE = [
    "Le budget est adopté",
    "Partager",
    "Par Awa Koné",
    TEXT,
    "Un intertitre",
    TEXT,
    "Awa Koné",
    "2 commentaires",
]


def is_prose(line: TextLine) -> bool:
    return line.kind is LineKind.TEXT and count_words(line.text) > 12


def select(at: int | None) -> list[str]:
    lines = classify_lines("\n\n".join(PAGE), zone=UTC)
    return [line.text for line in select_article_lines(lines, at=at, first=3, is_prose=is_prose)]


def test_share_bars_and_comments_are_left_out() -> None:
    assert select(0) == [
        "Le budget est adopté",
        "Par Awa Koné",
        TEXT,
        "Un intertitre",
        TEXT,
        "Awa Koné",
    ]


def test_without_the_headline_only_the_text_is_kept() -> None:
    assert select(None) == [TEXT, "Un intertitre", TEXT, "Awa Koné"]


def test_a_known_given_name_is_an_author() -> None:
    assert names_known_author("Awa Koné")
    assert not names_known_author("Mode Beauté")
