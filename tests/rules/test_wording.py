"""A sentence that exists in one language only is found by the reader of the other."""

import string
from pathlib import Path

import pytest

from service.kit.languages import CONSOLE_LANGUAGES, LANGUAGES
from service.kit.locales import LOCALES
from service.kit.translations import Message, Translations, texts
from tests.rules.code import WORDING_FOLDERS

SPOKEN = {
    # Sentences that rooms store or raise as keys.
    "service": set(CONSOLE_LANGUAGES),
    "rendering": set(LANGUAGES),
    "web": set(LANGUAGES),
    "console": set(CONSOLE_LANGUAGES),
}
# Forms for no or one or two things may say it in words: `two = "مقالان"`.
WITHOUT_COUNT = {"zero", "one", "two"}


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
def test_every_language_says_the_same_things(folder: Path) -> None:
    """Same keys, and in each the same placeholders."""
    catalogues = Translations.load(folder).catalogues

    assert set(catalogues) == SPOKEN[folder.parent.name]
    for language, catalogue in catalogues.items():
        assert set(catalogue) == set(catalogues["fr"]), language
        different = {
            key
            for key, message in catalogue.items()
            if placeholders_of(message) != placeholders_of(catalogues["fr"][key])
        }
        assert different == set(), language


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
def test_counted_sentences_have_every_form_that_their_language_uses(folder: Path) -> None:
    """Arabic has six forms; French and Portuguese have a third one only from a million on."""
    for language, catalogue in Translations.load(folder).catalogues.items():
        needed = {LOCALES[language].plural(count) for count in range(200)} | {"other"}
        for key, message in catalogue.items():
            if isinstance(message, str):
                continue
            assert needed <= message.keys(), (language, key)
            counted = {"count"} & placeholders_of(message)
            for category, form in message.items():
                names = _names(form)
                assert names | counted == placeholders_of(message), (language, key, category)
                assert counted <= names or category in WITHOUT_COUNT, (language, key, category)


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
def test_french_is_set_as_french_is(folder: Path) -> None:
    """Straight apostrophes and plain spaces before a colon break at the end of a line."""
    sentences = Translations.load(folder).catalogues["fr"]

    wrong = {
        key: text
        for key, message in sentences.items()
        for text in texts(message)
        if "'" in text or any(f" {mark}" in text for mark in (":", ";", "?", "!", "»"))
    }
    assert wrong == {}


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
def test_arabic_has_arabic_marks(folder: Path) -> None:
    """A Latin comma or question mark between Arabic words turns a line around."""
    sentences = Translations.load(folder).catalogues.get("ar", {})

    wrong = {
        key: text
        for key, message in sentences.items()
        for text in texts(message)
        if any(mark in text for mark in ("?", ";", ", ", "\u201c", "\u201d"))
    }
    assert wrong == {}


def test_no_catalogue_is_forgotten() -> None:
    """`SPOKEN` says which languages a room speaks; one without an entry would speak any."""
    assert {folder.parent.name for folder in WORDING_FOLDERS} == SPOKEN.keys()


def placeholders_of(message: Message) -> set[str]:
    """Return the names of everything that a sentence has a place for."""
    return {name for text in texts(message) for name in _names(text)}


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
