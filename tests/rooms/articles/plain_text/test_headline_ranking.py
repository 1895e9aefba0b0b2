"""Which line of a page that was copied whole is its headline."""

from datetime import UTC

from service.articles.plain_text.headline_ranking import HeadlineRanking
from service.articles.plain_text.lines import classify_lines

TEXT = (
    "Le port d'Abidjan agrandit ses quais pour accueillir de plus grands navires. Le port "
    "reçoit déjà deux mille navires par an, et ses quais sont trop courts."
)


def ranking(*above: str) -> HeadlineRanking:
    lines = classify_lines("\n\n".join((*above, TEXT)), zone=UTC)
    possible = [at for at, line in enumerate(lines[:-1]) if line.text[:1].isupper()]
    return HeadlineRanking(lines, possible, first=len(lines) - 1, text=TEXT)


def test_the_line_whose_words_the_text_repeats_is_the_headline() -> None:
    found = ranking(
        "Le Bénin gagne la coupe d'Afrique",
        "Le port d'Abidjan agrandit ses quais",
        "Publié le 08/02/2023",
    ).find_headline()

    assert found is not None
    assert found.text == "Le port d'Abidjan agrandit ses quais"
    assert (found.at, found.is_topical) == (1, True)


def test_a_line_that_says_nothing_of_the_text_is_not_taken_for_its_headline() -> None:
    found = ranking("Le Bénin gagne la coupe d'Afrique", "Nos offres du moment")

    assert found.find_headline() is None
    assert {each.text for each in found.candidates} == {
        "Le Bénin gagne la coupe d'Afrique",
        "Nos offres du moment",
    }


def test_without_candidates_there_is_no_headline() -> None:
    assert ranking().find_headline() is None
