"""Templates of messages: where they are, what they are given, and what they refuse."""

import re

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from service.kit.translations import texts
from service.rendering.environment import find_templates, render_template
from service.rendering.message_wording import load_wording
from service.rendering.views import NoticeView
from tests.rooms.rendering.a_digest import a_digest, a_letterhead


def goodbye(part: str, *, locale: str = "fr", name: str = "Le Matin") -> str:
    view = NoticeView(branding=a_letterhead(newsletter_name=name, locale=locale))
    return render_template(
        f"goodbye/{part}.j2",
        locale=locale,
        view=view,
        branding=view.branding,
        theme=view.branding.theme,
    )


@pytest.mark.parametrize(
    ("locale", "start"),
    [("fr", '<html lang="fr" dir="ltr">'), ("ar", '<html lang="ar" dir="rtl">')],
)
def test_a_page_has_the_language_and_the_direction_of_its_locale(locale: str, start: str) -> None:
    assert start in goodbye("body.html", locale=locale)


def test_sentences_are_in_the_language_of_the_locale() -> None:
    french, english = (load_wording().translator(language) for language in ("fr", "en"))

    assert french("goodbye.title") in goodbye("body.txt", locale="fr")
    assert english("goodbye.title") in goodbye("body.txt", locale="en")
    assert french("goodbye.title") != english("goodbye.title")


def test_values_are_escaped_in_html_and_left_alone_in_text() -> None:
    name = "<b>Le Matin</b> & fils"

    assert "&lt;b&gt;Le Matin&lt;/b&gt; &amp; fils" in goodbye("body.html", name=name)
    assert name not in goodbye("body.html", name=name)
    assert name in goodbye("body.txt", name=name)
    assert name in goodbye("subject.txt", name=name)


def test_a_value_is_not_a_template() -> None:
    assert "{{ 7 * 7 }}" in goodbye("subject.txt", name="{{ 7 * 7 }}")


def test_a_subject_ends_without_a_line_break() -> None:
    assert not goodbye("subject.txt").endswith("\n")


@pytest.mark.parametrize("name", ["farewell/body.html.j2", "../../pyproject.toml"])
def test_a_template_that_is_not_in_the_folder_is_not_found(name: str) -> None:
    with pytest.raises(TemplateNotFound):
        render_template(name, locale="fr")


def test_a_template_that_names_what_is_not_there_fails_loudly() -> None:
    with pytest.raises(UndefinedError):
        render_template("digest/body.html.j2", locale="fr", view=a_digest())


def test_templates_fetch_nothing() -> None:
    everything = "".join(path.read_text("utf-8") for path in find_templates().rglob("*.*"))

    assert "<html" in everything
    for word in ("@import", "@font-face", "<link", "<script", "url("):
        assert word not in everything


def test_both_languages_have_the_same_sentences() -> None:
    french, english = load_wording().catalogues["fr"], load_wording().catalogues["en"]

    said = [text for message in french.values() for text in texts(message)]
    assert french.keys() == english.keys()
    assert not any(re.search(r"[^\u00a0 ][;:?!»]| [;:?!»]", text) for text in said)
    assert not any("'" in text for text in said)


def test_a_value_without_the_attribute_that_is_written_fails_loudly() -> None:
    with pytest.raises(UndefinedError):
        render_template("goodbye/subject.txt.j2", locale="fr", branding=object())
