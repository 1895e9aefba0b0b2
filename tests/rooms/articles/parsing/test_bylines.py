"""Which lines are bylines, and which authors they name."""

import pytest

from service.articles.parsing.bylines import (
    author_from_fragment,
    has_byline_cue,
    is_account_name,
    is_agency_or_newsroom,
    is_author_note,
    is_initials,
    is_person_name,
    is_publication_like,
    name_before_profession,
    parse_byline,
    split_author_field,
    split_byline,
    strip_job_title,
)


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Awa Koné", ("Awa Koné",)),
        ("Par Awa Koné et Jean Sossou", ("Awa Koné", "Jean Sossou")),
        ("By Awa Koné", ("Awa Koné",)),
        ("Le port agrandit ses quais", ()),
        ("Le Courrier du Golfe", ()),
        ("Par " + "x" * 300, ()),
    ],
)
def test_a_line_that_only_signs_is_a_byline(line: str, authors: tuple[str, ...]) -> None:
    assert parse_byline(line) == authors


def test_a_name_has_the_shape_of_a_persons() -> None:
    assert is_person_name("Awa Koné")
    assert is_person_name("Jean de la Fontaine")
    assert not is_person_name("Awa")
    assert not is_person_name("Agence Afrique")


def test_cues_agencies_initials_and_notes() -> None:
    assert has_byline_cue("Par Awa Koné")
    assert not has_byline_cue("Awa Koné")
    assert is_agency_or_newsroom("La rédaction")
    assert author_from_fragment("AFP") == "AFP"
    assert is_initials("A.K.")
    assert is_author_note("Correspondant à Dakar")
    assert is_publication_like("Courrier du Golfe")
    assert name_before_profession("Rose Mbarga, urbaniste") == "Rose Mbarga"
    assert name_before_profession("Rose Mbarga, urbaniste, dit oui.") is None


def test_an_author_field_has_names_and_no_accounts() -> None:
    assert split_author_field("Awa Koné, Jean Sossou") == ["Awa Koné", "Jean Sossou"]
    assert split_author_field("admin") == []
    assert is_account_name("admin")
    assert strip_job_title("Awa Koné") == "Awa Koné"


def test_a_byline_below_the_text_is_split_off() -> None:
    assert split_byline(["Un texte.", "Awa Koné"]) == (["Un texte."], ("Awa Koné",))
    assert split_byline(["Awa Koné", "Un texte."]) == (["Awa Koné", "Un texte."], ())
    assert split_byline(["Par Awa Koné", "Un texte."]) == (["Un texte."], ("Awa Koné",))
