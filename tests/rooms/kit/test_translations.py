from pathlib import Path

import pytest

from service.kit.languages import language_of
from service.kit.translations import Translations


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
    assert translations.translator(locale)("page.title", name="Awa") == expected


def test_a_missing_key_or_placeholder_raises(translations: Translations) -> None:
    translate = translations.translator("en")

    with pytest.raises(KeyError):
        translate("page.nothing")
    with pytest.raises(KeyError):
        translate("page.title")


def test_a_counted_sentence_takes_the_form_of_its_number(tmp_path: Path) -> None:
    (tmp_path / "ar.toml").write_text(
        '[articles]\nzero = "0"\none = "1"\ntwo = "2"\nfew = "few {count}"\n'
        'many = "many {count}"\nother = "other {count}"\n',
        "utf-8",
    )
    translate = Translations.load(tmp_path).translator("ar")

    said = [translate("articles", count=count) for count in (0, 1, 2, 3, 11, 100, "–")]

    assert said == ["0", "1", "2", "few 3", "many 11", "other 100", "other –"]


def test_a_number_is_written_as_the_language_does(tmp_path: Path) -> None:
    for language in ("fr", "en"):
        (tmp_path / f"{language}.toml").write_text('n = { one = "un", other = "{count}" }', "utf-8")
    translations = Translations.load(tmp_path)

    assert translations.translator("fr")("n", count=12500) == "12\u202f500"
    assert translations.translator("en")("n", count=12500) == "12,500"
