"""The lines above the first paragraph."""

from datetime import UTC, datetime

from service.articles.plain_text.head import (
    ClippingHead,
    is_known_section,
    is_section_like,
    parse_head,
)
from service.articles.plain_text.lines import classify_lines

TEXT = "Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale."


def head(text: str) -> ClippingHead:
    return parse_head(classify_lines(text, zone=UTC))


def test_section_headline_date_and_author_are_separated() -> None:
    found = head(f"Politique\n\nLe budget est adopté\n\nPublié le 08/02/2023\n\nAwa Koné\n\n{TEXT}")

    assert (found.section, found.title) == ("Politique", "Le budget est adopté")
    assert found.published == datetime(2023, 2, 8, tzinfo=UTC)
    assert found.authors == ["Awa Koné"]
    assert found.text_start == 4


def test_breadcrumbs_name_the_section() -> None:
    found = head(f"Accueil > Sport > Un match\n\nLe Bénin gagne la coupe\n\n{TEXT}")

    assert (found.section, found.title) == ("Sport", "Le Bénin gagne la coupe")


def test_a_text_alone_has_no_headline() -> None:
    assert head(f"{TEXT}\n\n{TEXT}").title is None


def test_a_sections_name_is_short_and_no_sentence() -> None:
    assert is_section_like("Vie pratique : santé")
    assert is_section_like("Présidentielle 2023")
    assert not is_section_like("Le budget est adopté par les députés")
    assert is_known_section("Politique")
    assert not is_known_section("Lagune")
