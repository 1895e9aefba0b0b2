"""How sites show what they do not describe, and answer what is no article."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.html_page.extract import extract_article
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.bylines import parse_byline, split_author_field
from service.articles.parsing.images import ArticleImage, first_image, is_usable_image
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text
from service.articles.parsing.typography import fold, tidy
from service.kit.errors import OperationRefused

ZONE = ZoneInfo("Africa/Abidjan")
URL = "https://lagune.example/politique/marche"
TEXT = (
    "<p>Le marché de Bohicon a rouvert lundi matin, après deux mois de travaux de voirie.</p>"
    "<p>Les vendeuses ont retrouvé leurs places sous les halles, les clients leurs habitudes.</p>"
    "<p>La mairie promet de refaire le toit avant la saison des pluies, si le budget le permet.</p>"
)


def _read(inside: str = "", *, head: str = "", above: str = "", below: str = "") -> ParsedArticle:
    page = (
        f"<html lang='fr'><head><title>Le marché rouvre - Lagune</title>{head}</head><body>{above}"
        f"<article><h1>Le marché de Bohicon rouvre</h1>{inside}<div>{TEXT}</div>{below}</article>"
        "<footer><p>© 2023 Lagune</p></footer></body></html>"
    )
    return extract_article(page.encode(), url=URL, zone=ZONE)


def _day(parsed: ParsedArticle) -> str:
    return f"{parsed.published:%Y-%m-%d}" if parsed.published else ""


@pytest.mark.parametrize(
    ("inside", "day"),
    [
        ("<p>Mis à jour le 9 mars 2022 à 9h / Publié le 08/03/2022 à 22:10</p>", "2022-03-08"),
        ("<div><span>Publié le 8 mars 2022</span> <span>Par Awa Koné</span></div>", "2022-03-08"),
        ("<p class='infos'>8 mars 2022 • 3 min de lecture</p>", "2022-03-08"),
        ("<time datetime='2022-03-08T06:00:00Z'>mardi</time>", "2022-03-08"),
    ],
)
def test_a_date_beside_the_headline_is_the_articles(inside: str, day: str) -> None:
    assert _day(_read(inside)) == day


@pytest.mark.parametrize("box", ["aside class='x'", "div class='related-posts'", "nav"])
def test_a_teasers_date_is_not_the_articles(box: str) -> None:
    end = box.split(maxsplit=1)[0]
    teaser = f"<{box}><time datetime='2019-05-05'>5 mai 2019</time><a>Autre</a></{end}>"

    assert _day(_read("<p>8 mars 2022</p>", below=teaser)) == "2022-03-08"


def test_breadcrumbs_name_the_section() -> None:
    crumbs = "<div><a>Accueil</a> » <a>Société</a> » Le marché de Bohicon rouvre</div>"

    assert _read(above=crumbs).section == "Société"


def test_a_front_pages_address_is_not_the_articles() -> None:
    assert _read(head="<link rel='canonical' href='https://lagune.example/'>").url == URL


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("admin", []),
        ("Administrateur", []),
        ("webmaster", []),
        ("lagune.example/author/x.html", []),
        ("Author Awa Koné", ["Awa Koné"]),
        ("Par Awa Koné", ["Awa Koné"]),
        ("Awa Koné Suivre", ["Awa Koné"]),
        ("Awa Koné, Jean Brou and Tom Watkins", ["Awa Koné", "Jean Brou", "Tom Watkins"]),
    ],
)
def test_accounts_and_buttons_are_no_authors(told: str, names: list[str]) -> None:
    assert split_author_field(told) == names


def test_a_follow_button_behind_an_agency_is_left_out() -> None:
    assert parse_byline("Texte par : RFI Suivre") == ("RFI",)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (
            "<title>Just a moment...</title><h1>x.example</h1><p>Checking if the site is secure",
            "person",
        ),
        (
            "<title>Accès refusé</title><h1>Accès refusé</h1><p>Activez JavaScript et réessayez.",
            "person",
        ),
        (
            "<title>Page introuvable - Lagune</title><h1>Page introuvable</h1><p>Désolé !",
            "not there",
        ),
        (
            "<title>Erreur 404</title><h1>Erreur 404</h1><p>La page demandée n’existe pas.",
            "not there",
        ),
        (
            "<title>Sport - Lagune</title><h1>Sport</h1>"
            + "".join(
                f"<article><h2><a href='/{n}'>Le match numéro {n} du jour</a></h2>"
                f"<p>Le résumé du match numéro {n}, en une ligne.</p></article>"
                for n in range(12)
            ),
            "lists articles",
        ),
    ],
)
def test_what_answers_like_an_article_and_is_none_is_refused(page: str, why: str) -> None:
    with pytest.raises(OperationRefused, match=why):
        extract_article(f"<html><body>{page}</body></html>".encode(), url=URL, zone=ZONE)


@pytest.mark.parametrize(
    "address",
    [
        "https://1.gravatar.com/avatar/0?s=96",
        "https://pixel.wp.com/b.gif?host=x",
        "https://s.w.org/images/core/emoji/14/72x72/1f600.png",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "https://lagune.example/wp-content/lazy/placeholder.png",
    ],
)
def test_portraits_counters_and_stand_ins_are_no_pictures(address: str) -> None:
    assert not is_usable_image(address)
    found = first_image(f"<img src='{address}'><img src='/u/marche.jpg' alt='Le marché'>")
    assert found == ArticleImage(url="/u/marche.jpg", alt="Le marché")


@pytest.mark.parametrize(
    "picture", ["/u/emilie-logone.jpg", "https://l.example/2023/pont-640x360.webp"]
)
def test_other_pictures_are(picture: str) -> None:
    assert is_usable_image(picture)


def test_lazy_pictures_are_read_by_their_own_address() -> None:
    found = first_image("<img src='data:image/svg+xml,x' data-src='/u/a.jpg' width='640'>")
    assert found == ArticleImage(url="/u/a.jpg")
    assert first_image("<img src='/u/a.gif' style='width:1px'>") is None


def test_joiners_stay_where_they_are_letters() -> None:
    assert tidy("👩‍⚕️ می‌خواهم") == "👩‍⚕️ می‌خواهم"
    assert tidy("mar\u200cché\u200d") == "marché"
    assert fold("می‌خواهم") == fold("میخواهم")


@given(st.text(alphabet="<>/=\"'&;#x1 abpscrit!-\u200c\u200dم\n", max_size=300))
def test_hostile_markup_becomes_plain_text(markup: str) -> None:
    for text in html_to_paragraphs(markup):
        assert text == tidy(text) != ""
    assert "<script" not in html_to_text(f"<p>{markup.replace('&', '')}<script>x</script></p>")


@given(st.text(alphabet="\u200c\u200dxم ☃", max_size=8))
def test_a_tidy_text_stays_as_it_is(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (
            (
                "<p><abbr class='published' title='2022-03-08T22:10:00Z'>mardi 8 mars 2022</abbr>"
                ", par <b class='author'>Awa Koné</b></p>"
            ),
            "2022-03-08 22:10",
        ),
        (
            (
                "<footer class='node__meta'>Soumis par <a>Awa Koné</a> le mar, 08/03/2022 - 22:10"
                "</footer>"
            ),
            "2022-03-08 22:10",
        ),
        ("<p>Por Awa Koné</p><p>8 de março de 2022 às 22:10</p>", "2022-03-08 22:10"),
    ],
)
def test_what_spip_drupal_and_portuguese_sites_set_below_a_headline(above: str, told: str) -> None:
    parsed = _read(above)

    assert f"{parsed.published:%Y-%m-%d %H:%M}" == told
    assert parsed.authors == ("Awa Koné",)
    assert len(parsed.body) == 3


def test_breadcrumbs_may_stand_in_the_navigation() -> None:
    trail = "<nav class='arbo'><a href='/'>Accueil</a> &gt; <a href='/v'>Villes</a></nav>"

    assert _read(above=trail).section == "Villes"


def test_a_page_that_asks_readers_to_sign_in_is_refused() -> None:
    page = "<html><title>Connexion</title><h1>Connexion</h1><p>Connectez-vous pour lire.</p></html>"

    with pytest.raises(OperationRefused, match="sign in"):
        extract_article(page.encode(), url=URL, zone=ZONE)


def test_the_headline_that_is_shown_is_no_text_where_another_is_described() -> None:
    described = '{"@type": "NewsArticle", "headline": "Bohicon : le marché est de retour"}'
    parsed = _read(head=f'<script type="application/ld+json">{described}</script>')

    assert parsed.title == "Bohicon : le marché est de retour"
    assert len(parsed.body) == 3
