"""What a page's metadata says of its article."""

from typing import Any

from lxml import html

from service.articles.html_page.metadata import (
    ArticlePage,
    canonical_url,
    page_authors,
    page_image,
    page_language,
    page_section,
    publisher_as_author,
    related_headlines_on,
    site_host,
)

URL = "https://www.courrier.example/politique/un"


def page(
    markup: str = "<p>Un texte.</p>", *, meta: dict[str, str] | None = None, **jsonld: Any
) -> ArticlePage:
    tree = html.document_fromstring(markup)
    return ArticlePage(
        tree=tree,
        own_tree=tree,
        url=URL,
        described={"breadcrumb": [], **jsonld},
        meta=meta or {},
        title_tag="",
        guess=None,
    )


def test_the_section_is_named_or_the_first_breadcrumb() -> None:
    assert page_section(page(articleSection="Politique"), "Un titre") == "Politique"
    assert page_section(page(breadcrumb=["Accueil", "Sport", "Un titre"]), "Un titre") == "Sport"
    assert page_section(page(), "Un titre") is None


def test_the_publisher_is_an_author_only_without_any_other() -> None:
    both = page(author=[{"name": "Courrier"}, {"name": "Awa Koné"}])
    alone = page(author={"name": "Le Courrier"}, meta={"og:site_name": "Le Courrier"})

    assert page_authors(both) == ("Courrier", "Awa Koné")
    assert page_authors(alone) == ()
    assert publisher_as_author(alone) == ("Le Courrier",)


def test_a_canonical_link_to_the_front_page_is_ignored() -> None:
    found = page("<html><head><link rel='canonical' href='/'></head><p>Un texte.</p></html>")

    assert canonical_url(found) == URL


def test_the_description_of_the_image_is_looked_up_in_the_page() -> None:
    found = page(
        "<img src='https://courrier.example/i/quai.jpg?w=90' alt='Un quai'>",
        meta={"og:image": "https://courrier.example/i/quai.jpg"},
    )

    assert page_image(found) == ("https://courrier.example/i/quai.jpg", "Un quai")


def test_the_language_is_named_or_guessed() -> None:
    assert page_language(page(inLanguage="pt-BR"), "") == "pt"
    assert page_language(page(), "Le texte est dans la langue des lecteurs.") == "fr"


def test_related_headlines_are_those_behind_read_also() -> None:
    found = page(
        "<p>À lire aussi : Le port rouvre</p><h3>Lire aussi</h3><ul><a>Un autre titre</a></ul>"
    )

    assert {"Le port rouvre", "Un autre titre"} <= set(related_headlines_on(found))


def test_a_host_has_no_www_and_no_top_level_domain() -> None:
    assert site_host(URL) == "courrier"
    assert site_host("https://[") == ""
