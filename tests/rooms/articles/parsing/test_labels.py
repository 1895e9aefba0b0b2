"""Categories and tags, and which of them names the section."""

from service.articles.parsing.labels import normalise_labels, section_from_labels


def test_labels_are_plain_texts_each_once() -> None:
    assert normalise_labels(["<b>Économie</b>", "economie", None, "Non classé"]) == ("Économie",)


def test_paths_and_lists_are_split() -> None:
    assert normalise_labels(["Afrique > Bénin"]) == ("Afrique > Bénin", "Afrique", "Bénin")
    assert normalise_labels(["Sport, Culture"]) == ("Sport, Culture", "Sport", "Culture")
    assert normalise_labels(["Arts, lettres et spectacles"]) == ("Arts, lettres et spectacles",)


def test_there_are_at_most_forty() -> None:
    assert len(normalise_labels(f"Nom {n}" for n in range(100))) == 40


def test_the_section_is_a_usual_one_or_else_a_subject() -> None:
    assert section_from_labels(["À la une", "Lagune", "Économie"]) == "Économie"
    assert section_from_labels(["À la une", "Lagune"]) == "Lagune"
    assert section_from_labels(["À la une"]) == "À la une"
    assert section_from_labels([]) is None
