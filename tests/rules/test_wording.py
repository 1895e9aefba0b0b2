"""A sentence that exists in one language only is found by the reader of the other."""

import string
from pathlib import Path

import pytest

from service.kit.translations import Translations
from tests.rules.code import ROOT

FOLDERS = sorted({path.parent for path in ROOT.glob("service/**/wording/*.toml")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.parent.name))
def test_french_and_english_say_the_same_things(folder: Path) -> None:
    """Same keys, and in each the same placeholders."""
    catalogues = Translations.load(folder).catalogues

    assert set(catalogues) == {"fr", "en"}
    assert set(catalogues["fr"]) == set(catalogues["en"])
    different = {
        key
        for key, sentence in catalogues["fr"].items()
        if _placeholders(sentence) != _placeholders(catalogues["en"][key])
    }
    assert different == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.parent.name))
def test_french_is_set_as_french_is(folder: Path) -> None:
    """Straight apostrophes and plain spaces before a colon break at the end of a line."""
    sentences = Translations.load(folder).catalogues["fr"]

    wrong = {
        key: sentence
        for key, sentence in sentences.items()
        if "'" in sentence or any(f" {mark}" in sentence for mark in (":", ";", "?", "!", "»"))
    }
    assert wrong == {}


def test_no_catalogue_is_forgotten() -> None:
    """The parametrised tests above would pass on an empty list."""
    assert len(FOLDERS) >= 2


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
