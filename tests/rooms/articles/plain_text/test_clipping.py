"""Plain-text clippings of news pages."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.typography import fold, is_sentence, tidy, unquote
from service.articles.plain_text.clipping import SUMMARY_LIMIT, parse_clipping
from service.kit.errors import OperationRefused
from tests.rooms.articles.clippings import (
    AUTHORS,
    LAST,
    LEDES,
    PARAGRAPHS,
    POINTERS,
    SECTIONS,
    TITLES,
)

DATA = Path(__file__).parents[3] / "data" / "clippings"
ZONE = ZoneInfo("Africa/Porto-Novo")
WHOLE = (DATA / "01-the-whole-shape.txt").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.txt")), ids=lambda path: path.stem)
def test_a_clipping_is_read_as_a_person_would(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))

    parsed = parse_clipping(path.read_bytes(), zone=ZONE)

    got = {
        "section": parsed.section,
        "title": parsed.title,
        "summary": parsed.summary,
        "body": list(parsed.body),
        "authors": list(parsed.authors),
        "published": parsed.published.isoformat() if parsed.published else None,
        "updated": parsed.updated.isoformat() if parsed.updated else None,
        "language": parsed.language,
        "related": list(parsed.related),
    }
    assert got == expected


def test_there_are_clippings_to_read() -> None:
    assert len(list(DATA.glob("*.txt"))) >= 12


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_do_not_matter(encoding: str, ending: str) -> None:
    text = WHOLE.replace("\n", ending)

    parsed = parse_clipping(text.encode(encoding), zone=ZONE)

    assert parsed == parse_clipping(WHOLE, zone=ZONE)


def test_blank_lines_do_not_matter() -> None:
    dense = "\n".join(line for line in WHOLE.split("\n") if line.strip())

    assert parse_clipping(dense, zone=ZONE) == parse_clipping(WHOLE, zone=ZONE)


def test_a_date_without_a_time_is_that_days_midnight_in_the_publications_zone() -> None:
    parsed = parse_clipping(WHOLE, zone=ZoneInfo("Europe/Paris"))

    assert parsed.updated is not None
    assert parsed.published is not None
    assert parsed.updated.isoformat() == "2023-02-08T00:00:00+01:00"
    assert parsed.published.astimezone(UTC) == datetime(2023, 2, 8, 1, 39, tzinfo=UTC)


def test_what_the_operator_says_wins() -> None:
    parsed = parse_clipping(WHOLE, zone=ZONE, section="Pêche", language="en")

    assert (parsed.section, parsed.language) == ("Pêche", "en")


@pytest.mark.parametrize(
    ("clipping", "said"),
    [
        (b"", "empty"),
        ("\ufeff \n\u00a0\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x81\x8d", "not text"),
        (bytes(range(256)) * 4, "not text"),
        ("x" * 500_000, "too long"),
        ("Continent\n\nMis à jour le 8 février 2023\n\n« Un chapeau. »\n\nUn texte.", "headline"),
        (
            "Afrique de l’Ouest\nPublié le 08/02/2023\nUn texte qui suit, sans titre dessus.",
            "headline",
        ),
        ("Sahel Matin\nAbonnez-vous à notre newsletter\nL’info qui compte", "no text"),
        ("Continent\nUn titre sans rien dessous\nPublié le 08/02/2023 à 2:39 , , ,", "no text"),
    ],
)
def test_an_unreadable_clipping_gets_a_sentence(clipping: bytes | str, said: str) -> None:
    with pytest.raises(OperationRefused, match=said) as refusal:
        parse_clipping(clipping, zone=ZONE)

    assert str(refusal.value).endswith(".")


def test_a_long_first_paragraph_is_cut_at_a_sentence_for_the_summary() -> None:
    paragraph = "Une phrase de taille moyenne qui ne dit pas grand-chose de neuf. " * 12

    parsed = parse_clipping(f"Sport\n\nUn titre pour le match\n\n{paragraph}", zone=ZONE)

    assert len(parsed.summary) <= SUMMARY_LIMIT
    assert parsed.summary.endswith("neuf.")
    assert parsed.body == (paragraph.strip(),)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=600) | st.lists(st.sampled_from(WHOLE.split("\n"))).map("\n".join))
@example("« ")
@example("A LIRE AUSSI")
@example("À lire aussi : ")
@example("Accueil > ")
@example("Publié le 99/99/9999 à 99:99 , ,\nPublié le 31/02/0001\nUn titre de plus\nDu texte.")
def test_whatever_is_pasted_gives_a_story_or_a_sentence(text: str) -> None:
    try:
        parsed = parse_clipping(text, zone=ZONE)
    except OperationRefused as refusal:
        assert str(refusal)  # noqa: PT017  Either outcome is right, and each has its duty.
    else:
        assert parsed.title
        assert parsed.summary


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_whatever_bytes_are_pasted_give_a_story_or_a_sentence(data: bytes) -> None:
    try:
        assert parse_clipping(data, zone=ZONE).title
    except OperationRefused as refusal:
        assert str(refusal)  # noqa: PT017  Either outcome is right, and each has its duty.


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = tidy(text)

    assert tidy(once) == once
    assert fold(once) == fold(text)


@settings(max_examples=150, deadline=None)
@given(
    body=st.lists(st.sampled_from(PARAGRAPHS), min_size=2, max_size=6, unique=True),
    pointers=st.lists(st.sampled_from(POINTERS), min_size=1, max_size=4),
)
def test_pointers_to_other_articles_never_enter_the_text(
    body: list[str], pointers: list[str]
) -> None:
    lines = ["Continent", "Un titre qui ne ressemble à rien d’autre", "« Un chapeau. »"]
    for paragraph, pointer in zip(body, pointers, strict=False):
        lines += [paragraph, f"A LIRE AUSSI: {pointer}"]
    lines.append("Une dernière phrase pour finir cet article.")

    parsed = parse_clipping("\n\n".join(lines), zone=ZONE)

    assert not any(pointer in text for pointer in pointers for text in parsed.body)
    assert len(parsed.related) == len(set(map(fold, parsed.related)))


@st.composite
def articles(draw: st.DrawFn) -> ParsedArticle:
    published = draw(st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001  The zone follows.
    return ParsedArticle(
        title=draw(st.sampled_from([title for title in TITLES if len(title) > 20])),
        section=draw(st.none() | st.sampled_from(SECTIONS)),
        summary=draw(st.sampled_from(LEDES)),
        body=(
            *draw(st.lists(st.sampled_from(PARAGRAPHS), max_size=5, unique=True)),
            draw(st.sampled_from(LAST)),
        ),
        authors=draw(st.sampled_from([names for _, names in AUTHORS])),
        published=published and published.replace(second=0, microsecond=0, tzinfo=ZONE),
        related=tuple(draw(st.lists(st.sampled_from(POINTERS), unique=True))),
    )


@settings(max_examples=150, deadline=None)
@given(articles())
def test_a_story_written_as_a_clipping_reads_the_same(parsed: ParsedArticle) -> None:
    again = parse_clipping(_as_copied(parsed), zone=ZONE)

    assert replace(again, language=None) == parsed


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("« Oui »", "Oui"),
        ("« Oui ».", "Oui."),
        ('"Le "grand frère" est là."', 'Le "grand frère" est là.'),
        ("“Yes, of course.”", "Yes, of course."),
        ("« Oui », dit-il. « Non »", None),
        ('"Oui", dit-il. "Non"', None),
        ("« Oui", None),
        ("L’eau", None),
        ("«»", None),
    ],
)
def test_a_quotation_is_unquoted_only_if_it_is_one(text: str, inside: str | None) -> None:
    assert unquote(text) == inside


def test_sentences_end_with_their_marks() -> None:
    assert is_sentence("Il a plu.")
    assert is_sentence("« Il a plu. »")
    assert not is_sentence("Une colère qui monte")


def test_a_story_has_the_fields_that_the_command_shows() -> None:
    shown = {"section", "title", "summary", "authors", "published", "updated", "url", "related"}

    assert shown < {field.name for field in fields(ParsedArticle)}


def _as_copied(article: ParsedArticle) -> str:
    """Return an article as the text of its copied page."""
    timestamps = [
        (label, timestamp)
        for label, timestamp in (("Mis à jour", article.updated), ("Publié", article.published))
        if timestamp is not None
    ]
    paragraphs = [
        article.section,
        article.title,
        *(f"{label} le {timestamp:%d/%m/%Y à %H:%M}" for label, timestamp in timestamps),
        f"« {article.summary} »" if article.summary else None,
        *article.body,
        *(f"A LIRE AUSSI: {headline}" for headline in article.related),
        *article.authors,
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
