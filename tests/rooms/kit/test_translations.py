from pathlib import Path

import pytest

from service.kit.translations import Translations, language_of


@pytest.fixture
def translations(tmp_path: Path) -> Translations:
    (tmp_path / "fr.toml").write_text('[page]\ntitle = "Bonjour {name}"\n', "utf-8")
    (tmp_path / "en.toml").write_text('[page]\ntitle = "Hello {name}"\n', "utf-8")
    return Translations.load(tmp_path)


@pytest.mark.parametrize("locale", ["fr", "fr_CI", "fr-FR", "FR"])
def test_a_locale_has_its_language(locale: str) -> None:
    assert language_of(locale) == "fr"


@pytest.mark.parametrize(("locale", "expected"), [("en_GB", "Hello Awa"), ("xx", "Bonjour Awa")])
def test_a_language_without_catalogue_falls_back_to_french(
    translations: Translations, locale: str, expected: str
) -> None:
    assert translations.speaker(locale)("page.title", name="Awa") == expected


def test_a_missing_key_or_placeholder_raises(translations: Translations) -> None:
    translate = translations.speaker("en")

    with pytest.raises(KeyError):
        translate("page.nothing")
    with pytest.raises(KeyError):
        translate("page.title")
