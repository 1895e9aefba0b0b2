"""Pages that answer 200 and are no articles."""

import pytest
from lxml import html

from service.articles.html_page.non_articles import (
    is_bot_wall,
    is_error_page,
    is_home_page_url,
    is_login_page,
    is_section_front,
)

PROSE = ["Les députés ont voté le texte dans la nuit, après trois jours de débats. " * 30]


def test_a_short_page_that_asks_for_a_human_is_a_bot_wall() -> None:
    assert is_bot_wall("Just a moment...", "", [])
    assert is_bot_wall("Courrier", "", ["Verifying you are human. This may take a few seconds."])


def test_an_article_about_captchas_is_none() -> None:
    assert not is_bot_wall("Captcha: la fin d'une époque", "", PROSE)


@pytest.mark.parametrize("title", ["404", "Page introuvable", "Erreur 404 - Le Courrier"])
def test_an_error_page_says_so_in_its_title(title: str) -> None:
    assert is_error_page("", title, [])
    assert not is_error_page("", title, PROSE)


@pytest.mark.parametrize("headline", ["Connexion", "Identifiez-vous pour lire", "Sign in"])
def test_a_login_form_has_no_text(headline: str) -> None:
    assert is_login_page(headline, [])
    assert not is_login_page(headline, PROSE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://courrier.example/", True),
        ("https://courrier.example/fr/", True),
        ("https://courrier.example/index.php", True),
        ("https://courrier.example/?p=12", False),
        ("https://courrier.example/un-article", False),
    ],
)
def test_a_home_page_has_no_path(url: str, *, expected: bool) -> None:
    assert is_home_page_url(url) is expected


def test_many_linked_headlines_and_little_text_are_a_section_front() -> None:
    teasers = "".join(f"<h2><a href='/{n}'>Le titre du {n}e article</a></h2>" for n in range(10))
    tree = html.document_fromstring(f"<body>{teasers}</body>")

    assert is_section_front(tree, ["Un chapeau."])
    assert not is_section_front(tree, PROSE)
