"""The sentences of all pages."""

from service.web import pages


def test_french_and_english_say_the_same_things() -> None:
    catalogues = pages.wording().catalogues

    assert set(catalogues["fr"]) == set(catalogues["en"])
