"""The lines below the last paragraph."""

from datetime import UTC

from service.articles.plain_text.lines import classify_lines
from service.articles.plain_text.tail import ClippingTail, parse_tail

TEXT = "Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale."


def tail(*below: str, signed: bool = False) -> ClippingTail:
    return parse_tail(classify_lines("\n\n".join((TEXT, TEXT, *below)), zone=UTC), signed=signed)


def test_the_author_stands_above_the_sites_boilerplate() -> None:
    found = tail("Awa Koné", "Le Courrier du Golfe", "Abonnez-vous à notre newsletter")

    assert (found.end, found.authors) == (2, ("Awa Koné",))
    assert "Le Courrier du Golfe" in found.boilerplate


def test_a_text_without_a_tail_ends_with_its_last_line() -> None:
    assert tail() == ClippingTail(end=2, authors=(), boilerplate=())


def test_a_name_alone_is_the_logos_when_the_text_is_signed_above() -> None:
    found = tail("Jean Sossou", "Abonnez-vous à notre newsletter", signed=True)

    assert (found.end, found.authors) == (2, ())
