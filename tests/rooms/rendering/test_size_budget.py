from dataclasses import replace

from service.rendering.checks import find_problems
from service.rendering.size_budget import render_within_budget
from tests.rooms.rendering.a_digest import (
    PLACEHOLDER,
    PUBLIC_URL,
    a_digest,
    a_personal_digest,
    an_article_view,
)


def _many(count: int, summary: str) -> tuple[object, ...]:
    section = a_digest().sections[0]
    articles = tuple(
        an_article_view(f"Titre {n}", summary=summary, image_url=f"https://echo.example/{n}.jpg")
        for n in range(count)
    )
    return (replace(section, articles=articles),)


def test_a_small_digest_is_left_alone() -> None:
    assert render_within_budget(a_personal_digest()).reductions == ()


def test_summaries_are_cut_first() -> None:
    fitted = render_within_budget(a_personal_digest(sections=_many(30, "Un mot de plus. " * 100)))

    assert len(fitted.reductions) == 1
    assert "Summaries" in str(fitted.reductions[0])
    assert "29.jpg" in fitted.rendered.html


def test_then_pictures_go_then_articles_become_a_link_to_the_web_version() -> None:
    fitted = render_within_budget(a_personal_digest(sections=_many(400, "Un résumé. " * 20)))

    assert [str(description).split()[0] for description in fitted.reductions] == [
        "Summaries",
        "Pictures",
        "388",
    ]
    assert len(fitted.rendered.html.encode()) <= 90_000
    assert "Et 388 autres articles à lire en ligne" in fitted.rendered.html
    assert f"en ligne\n{PUBLIC_URL}/e/abc" in fitted.rendered.text
    assert "<img" not in fitted.rendered.html


def test_what_cannot_be_made_to_fit_is_refused_by_the_checks() -> None:
    section = a_digest().sections[0]
    sections = tuple(replace(section, name="x" * 20_000, bit=n) for n in range(5))

    fitted = render_within_budget(a_personal_digest(sections=sections))

    problems = find_problems(fitted.rendered, placeholder=PLACEHOLDER, postal_address="x")
    assert any(problem.fatal and "102 KB" in str(problem.message) for problem in problems)
