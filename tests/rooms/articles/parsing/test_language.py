"""The language of a text, by its most frequent words."""

from service.articles.parsing.language import guess_language


def test_french_and_english_are_detected() -> None:
    assert guess_language("Le texte est dans la langue des lecteurs.") == "fr"
    assert guess_language("The text is in the language of its readers.") == "en"


def test_a_short_or_foreign_text_is_in_none() -> None:
    assert guess_language("Le port") is None
    assert guess_language("Der Hafen wird in diesem Jahr größer und tiefer gemacht.") is None
