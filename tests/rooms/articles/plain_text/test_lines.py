"""Each line of a clipping, classified alone."""

from datetime import UTC, datetime

import pytest

from service.articles.plain_text.lines import LineKind, breadcrumbs_of, classify_lines


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Les députés ont voté le texte.", LineKind.TEXT),
        ("Publié le 08/02/2023 à 2:39", LineKind.DATE),
        ("il y a 3 heures", LineKind.DATE),
        ("A LIRE AUSSI: Le port rouvre", LineKind.RELATED),
        ("Accueil > Politique > Un titre", LineKind.BREADCRUMBS),
        ("Tous droits réservés", LineKind.BOILERPLATE),
        ("Photo : Awa Koné", LineKind.CAPTION),
        ("Les plus lus", LineKind.LIST_HEADING),
        ("Publicité", LineKind.ADVERT),
    ],
)
def test_a_line_has_a_kind(line: str, kind: LineKind) -> None:
    (found,) = classify_lines(line, zone=UTC)

    assert found.kind is kind


def test_a_date_line_has_both_times_and_its_authors() -> None:
    (found,) = classify_lines(
        "Par Awa Koné, publié le 8 février 2023 à 14h05 - Mis à jour à 15h10", zone=UTC
    )

    assert found.authors == ("Awa Koné",)
    assert found.published == datetime(2023, 2, 8, 14, 5, tzinfo=UTC)
    assert found.updated == datetime(2023, 2, 8, 15, 10, tzinfo=UTC)


def test_empty_lines_become_gaps() -> None:
    lines = classify_lines("Un\ndeux\n\n\ntrois", zone=UTC)

    assert [(line.text, line.gap) for line in lines] == [
        ("Un", False),
        ("deux", False),
        ("trois", True),
    ]


def test_breadcrumbs_have_no_home_page() -> None:
    (line,) = classify_lines("Accueil > Politique > Un titre", zone=UTC)

    assert breadcrumbs_of(line) == ["Politique", "Un titre"]
