"""Links to other articles, with the lists below them."""

from datetime import UTC

from service.articles.plain_text.lines import classify_lines
from service.articles.plain_text.related_headlines import extract_related_headlines

TEXT = "Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale."


def extract(*lines: str) -> tuple[list[str], list[str]]:
    kept, related = extract_related_headlines(classify_lines("\n".join(lines), zone=UTC))
    return [line.text for line in kept], related


def test_a_headline_beside_or_below_the_label_is_related() -> None:
    assert extract(TEXT, "A LIRE AUSSI: Le port rouvre", TEXT) == ([TEXT, TEXT], ["Le port rouvre"])
    assert extract(TEXT, "A LIRE AUSSI", "Le port rouvre", TEXT) == (
        [TEXT, TEXT],
        ["Le port rouvre"],
    )


def test_a_list_with_bullets_is_related_as_a_whole() -> None:
    assert extract("A LIRE AUSSI", "- Le port rouvre", "- Le pont ferme", TEXT) == (
        [TEXT],
        ["Le port rouvre", "Le pont ferme"],
    )


def test_a_wrapped_headline_is_joined() -> None:
    first = "A LIRE AUSSI: Le port d'Abidjan agrandit ses quais et construit"

    assert extract(first, "un nouveau terminal", TEXT) == (
        [TEXT],
        ["Le port d'Abidjan agrandit ses quais et construit un nouveau terminal"],
    )
