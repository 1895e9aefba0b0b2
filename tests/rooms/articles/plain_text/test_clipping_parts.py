"""Clippings of the known shape are read field by field, whatever is missing or differs."""

from hypothesis import HealthCheck, given, settings

from service.articles.plain_text.clipping import parse_clipping
from tests.rooms.articles.clippings import ZONE, Clipping, clippings


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(clippings())
def test_every_field_is_found(clipping: Clipping) -> None:
    parsed = parse_clipping(clipping.text, zone=ZONE)

    assert parsed.section == clipping.section
    assert parsed.title == clipping.title
    assert parsed.published == clipping.published
    assert parsed.updated == clipping.updated
    assert list(parsed.related) == list(clipping.related)
    assert list(parsed.authors) == list(clipping.authors)
    assert list(parsed.body) == list(clipping.body)
    if clipping.summary:
        assert parsed.summary == clipping.summary


def test_the_papers_name_below_a_list_of_pointers_is_no_headline() -> None:
    text = (
        "Bénin : les pêcheurs de Grand-Popo reprennent la mer\n"
        "La météo marine annonce une semaine de mer calme.\n\n"
        "La réunion durera deux jours.\n\n"
        "À LIRE AUSSI\n"
        "Togo : le port de pêche de Lomé rouvre ses portes\n"
        "Ghana : la saison ouvrira avec un mois de retard\n"
        "Le Courrier du Golfe"
    )

    assert list(parse_clipping(text, zone=ZONE).related) == [
        "Togo : le port de pêche de Lomé rouvre ses portes",
        "Ghana : la saison ouvrira avec un mois de retard",
    ]
