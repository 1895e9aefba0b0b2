"""Which lines of a page belong to the site."""

import pytest

from service.articles.parsing.boilerplate import (
    ends_page,
    is_advert_label,
    is_boilerplate,
    is_call_to_action,
    is_caption,
    is_list_heading,
    is_logo_caption,
    is_nameplate,
    is_photo_credit,
    is_repeated_text,
)

SENTENCE = "Les députés ont voté le texte dans la nuit."


@pytest.mark.parametrize(
    "line", ["Abonnez-vous à notre newsletter", "Tous droits réservés", "© 2023 Le Courrier"]
)
def test_calls_and_legal_notices_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)
    assert ends_page(line)


def test_a_sentence_is_none() -> None:
    assert not is_boilerplate(SENTENCE)
    assert not ends_page(SENTENCE)


def test_a_quoted_call_is_part_of_the_article() -> None:
    assert not is_call_to_action("Abonnez-vous, conseille-t-elle à ses lecteurs.")


def test_an_advertisements_label_does_not_end_a_page() -> None:
    assert is_advert_label("Publicité")
    assert not ends_page("Publicité")


def test_captions_and_credits() -> None:
    assert is_caption("Photo : Awa Koné")
    assert is_photo_credit("SALIF OUATTRA/AFP")
    assert not is_caption(SENTENCE)


def test_headings_of_lists_of_articles() -> None:
    assert is_list_heading("Les plus lus")
    assert not is_list_heading("Les plus lus des romans de l'année")


def test_names_of_publications() -> None:
    assert is_nameplate("Le Courrier du Golfe")
    assert is_nameplate("golfe-info.ci")
    assert not is_nameplate(SENTENCE)
    assert is_logo_caption("Logo du journal")
    assert is_repeated_text("Le Courrier Le Courrier")
