"""A headline, and the site's name that is printed with it."""

import pytest

from service.articles.html_page.headline import (
    headline_from_title_tag,
    is_slug_like,
    strip_site_name,
    visible_headline,
)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Le port agrandit ses quais | Le Courrier", "Le port agrandit ses quais"),
        ("Le Courrier - Le port agrandit ses quais", "Le port agrandit ses quais"),
        ("Le port agrandit ses quais", "Le port agrandit ses quais"),
        ("Football – le Bénin gagne", "Football – le Bénin gagne"),
    ],
)
def test_the_sites_name_is_stripped(title: str, expected: str) -> None:
    assert strip_site_name(title, site="Le Courrier", headings=[]) == expected


def test_the_hosts_name_is_a_sites_name_too() -> None:
    title = "Ein Urteil mit Folgen | Kanzlei Viehbacher"

    assert (
        strip_site_name(title, site="", headings=[], host="viehbacher") == "Ein Urteil mit Folgen"
    )


def test_what_follows_the_main_heading_is_the_sites() -> None:
    title = "Le port agrandit ses quais - Économie - Courrier"

    found = strip_site_name(title, site="", headings=["Le port agrandit ses quais"])

    assert found == "Le port agrandit ses quais"


def test_the_heading_that_is_shared_is_the_visible_headline() -> None:
    headings = ["Le Courrier", "Le port agrandit ses quais"]

    assert visible_headline(headings, "LE PORT AGRANDIT SES QUAIS") == headings[1]
    assert visible_headline(headings, "Le Courrier") == ""


def test_a_title_tag_ends_with_the_sites_name() -> None:
    tag = "Le port agrandit ses quais | Économie | Le Courrier"

    assert headline_from_title_tag(tag) == "Le port agrandit ses quais"


def test_a_file_name_is_no_headline() -> None:
    assert is_slug_like("article-4821.html")
    assert not is_slug_like("Le port agrandit ses quais")
