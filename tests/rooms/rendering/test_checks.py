from dataclasses import replace

import pytest

from service.rendering.checks import (
    find_problems,
    find_problems_in_block,
    find_problems_in_subject,
)
from service.rendering.render import RenderedMessage, render_message
from tests.rooms.rendering.a_digest import PLACEHOLDER, a_personal_digest

GOOD = render_message("digest", a_personal_digest())
ADDRESS = "12, boulevard de la République, Plateau, Abidjan"
UNSUBSCRIBE = f"/unsubscribe/{PLACEHOLDER}"


@pytest.mark.parametrize(
    ("bad", "words", "fatal"),
    [
        (replace(GOOD, subject=""), "subject is empty", True),
        (replace(GOOD, html=GOOD.html + "x" * 90_000), "Gmail clips", True),
        (replace(GOOD, html=GOOD.html.replace(UNSUBSCRIBE, "/")), "HTML part has no link", True),
        (replace(GOOD, text=GOOD.text.replace(UNSUBSCRIBE, "/")), "text part has no link", True),
        (replace(GOOD, subject=f"Bonjour {PLACEHOLDER}"), "reader’s token", True),
        (replace(GOOD, html=GOOD.html.replace('lang="fr"', "")), "language", False),
        (replace(GOOD, html=GOOD.html.replace("h1", "h2")), "one main heading", False),
        (replace(GOOD, html=GOOD.html + '<a href="/x">x</a>'), "not a full http(s)", False),
        (replace(GOOD, html=GOOD.html + "<a>x</a>"), "not a full http(s)", False),
        (replace(GOOD, html=GOOD.html + '<a href="javascript:1">x</a>'), "not a full", False),
        (replace(GOOD, html=GOOD.html + '<img alt="" src="cid:1">'), "picture has no full", False),
        (replace(GOOD, html=GOOD.html.replace(' alt=""', "")), "alternative text", False),
        (replace(GOOD, html=GOOD.html + "{{ name }}"), "template mark", False),
        (replace(GOOD, text=GOOD.text + "{% if %}"), "template mark", False),
        (replace(GOOD, text=GOOD.text + "<b>gras</b>"), "HTML tags", False),
        (replace(GOOD, html=GOOD.html.replace("boulevard", "rue")), "postal address", False),
        (replace(GOOD, html=GOOD.html + "<style>@import 'x'</style>"), "imports", False),
    ],
    ids=range(17),
)
def test_each_flaw_is_told_in_a_sentence(bad: RenderedMessage, words: str, *, fatal: bool) -> None:
    problems = find_problems(bad, placeholder=PLACEHOLDER, postal_address=ADDRESS)

    assert [problem.fatal for problem in problems if words in str(problem.message)] == [fatal]


def test_less_than_in_a_headline_is_not_a_tag() -> None:
    rendered = replace(GOOD, text=GOOD.text + "Inflation < 2 % et croissance > 5 %")

    assert find_problems(rendered, placeholder=PLACEHOLDER, postal_address=ADDRESS) == []


def test_a_newsletter_without_postal_address_is_told_so() -> None:
    (problem,) = find_problems(GOOD, placeholder=PLACEHOLDER)

    assert "no postal address" in str(problem.message)
    assert not problem.fatal


def test_the_problems_of_a_section_are_those_of_its_own_html_and_text() -> None:
    flaws = find_problems_in_block(
        '<a href="/x">x</a><p>{{ name }}</p><style>@import "x"</style>', "<b>gras</b>"
    )

    said = " ".join(str(problem.message) for problem in flaws)
    assert all(word in said for word in ("not a full", "template mark", "imports", "HTML tags"))
    assert find_problems_in_block("<p>Bonjour</p>", "Bonjour") == []


def test_a_subject_has_words_and_neither_a_token_nor_a_template_mark() -> None:
    def said(subject: str) -> list[bool]:
        return [problem.fatal for problem in find_problems_in_subject(subject, PLACEHOLDER)]

    assert said("Le cacao") == []
    assert said("") == [True]
    assert said(f"Bonjour {PLACEHOLDER}") == [True]
    assert said("Bonjour {{ name }}") == [False]
