"""How pages of sites at large tell their dates, authors and headlines, beside much that is not."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.articles.html_page.extract import extract_article
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.timestamps import parse_timestamp

ZONE = ZoneInfo("Africa/Abidjan")
URL = "https://lagune.example/ports/quais.html"
TITLE = "Le port de San-Pédro agrandit ses quais"
TEXT = "".join(
    f"<p>{text}</p>"
    for text in (
        "Les travaux ont commencé lundi et dureront deux ans, selon la direction du port.",
        "Trois navires pourront y décharger en même temps, contre un seul aujourd’hui.",
        "Les pêcheurs demandent où ils laisseront leurs pirogues pendant ce temps-là.",
    )
)


def page(
    *, head: str = "", above: str = "", below: str = "", after: str = "", title: str = TITLE
) -> str:
    return (
        f"<!doctype html><html lang=fr><head>{head}</head><body><main><h1>{title}</h1>{above}"
        f"{TEXT}{below}</main>{after}</body></html>"
    )


def read(markup: str, url: str = URL) -> ParsedArticle:
    return extract_article(markup.encode(), url=url, zone=ZONE)


def described(**told: object) -> str:
    news = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, **told}
    return f'<script type="application/ld+json">{json.dumps(news, ensure_ascii=False)}</script>'


def day(told: datetime | None) -> str | None:
    return f"{told:%Y-%m-%d}" if told else None


TIME = '<time datetime="2019-06-28T13:49:45Z">28 juin</time>'
FILLED = "<p>Une ligne <b>de plus</b>.</p>" * 150


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        # Comments and notices are dated, too, and some of them are marked better.
        (page(above=TIME, below=f"{FILLED}<time pubdate datetime='2019-09-22'>22</time>"), 28),
        (page(above=TIME, after="<ul><li><time datetime='2019-07-17'>17 juillet</time></ul>"), 28),
        # An item of a list has a headline, an author and a date of its own.
        (
            page(
                above=TIME,
                after="<ul><li><h3><a href=/b>Le pont rouvre</a></h3>"
                "<time class=published datetime='2019-07-03'>3 juillet</time></li></ul>",
            ),
            28,
        ),
        # What stands in a part of the page that is not the article's is better than nothing.
        (page(after="<footer class='entry-footer'>Publié le 28 juin 2019</footer>"), 28),
        (page(below='<p class="date">28. Juni 2019, 14:39 Uhr</p>'), 28),
    ],
)
def test_the_date_is_the_articles_own(markup: str, expected: int) -> None:
    assert day(read(markup).published) == f"2019-06-{expected}"


def test_a_mark_of_the_day_that_is_found_tells_the_time() -> None:
    far = f"{FILLED}<p class='post-date'>28/06/2019</p>{TIME}"

    assert read(page(below=far)).published == datetime(2019, 6, 28, 13, 49, 45, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2019-06-17T18:28:00+02:00", "2017-07-12"),
        ("2017-07-12T09:30:00+00:00", "2017-07-12"),
        ("2017-07-11T23:30:00+00:00", "2017-07-11"),
        ("2017-07-02T09:30:00+00:00", "2017-07-02"),
    ],
)
def test_an_archive_that_is_dated_anew_keeps_the_day_in_its_address(
    told: str, expected: str
) -> None:
    url = "https://lagune.example/2017/7/12/quais"

    assert day(read(page(head=described(datePublished=told)), url).published) == expected


AUTHOR = "<span class='post-author'>Par <a href=/a>Awa Koné</a></span>"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        # The site is no author where somebody signs.
        (
            page(
                head='<meta property="og:site_name" content="Lagune"><meta name=author content='
                '"Lagune">',
                above=AUTHOR,
            ),
            ("Awa Koné",),
        ),
        (page(head=described(author="lagune.fr"), above=AUTHOR), ("Awa Koné",)),
        (page(head=described(author='{"@type": "Person", "name": "Awa Koné"}')), ("Awa Koné",)),
        (page(head='<meta name="twitter:creator" content="Awa Koné">'), ("Awa Koné",)),
        (page(head='<meta name="twitter:creator" content="@awakone">'), ()),
        (page(head='<meta name="twitter:creator" content="awakone">'), ()),
        # A byline belongs to the headline next to it.
        (
            page(above=AUTHOR, after=f"{FILLED}<p class=byline>Par Marie Sow</p>"),
            ("Awa Koné",),
        ),
        (
            page(
                after="<ul><li><h3><a href=/b>Le pont rouvre</a></h3><p class=author>Author: "
                "Marie Sow</p></li></ul>"
            ),
            (),
        ),
        # However they are marked, the nearer one is the article's.
        (
            page(
                above=AUTHOR.replace("post-author", "author"),
                below="<p class=byline>By Ann Lee</p>",
            ),
            ("Awa Koné",),
        ),
        (page(above="<p class=author>Authors</p>"), ()),
        # Several sign side by side.
        (
            page(
                above="<p><span itemprop=author><a itemprop=name>Awa Koné</a></span>, "
                "<span itemprop=author><a itemprop=name>Marie Sow</a></span></p>"
            ),
            ("Awa Koné", "Marie Sow"),
        ),
        # What stands behind a name is none of it.
        (page(head='<meta name=author content="Ann Lee Senior Washington Correspondent">'),
         ("Ann Lee",)),
        (page(above="<p class=byline>By Ann Lee Tuesday</p>"), ("Ann Lee",)),
        (page(head='<meta name=author content="View all posts by Ann Lee">'), ("Ann Lee",)),
        (page(head='<meta name=author content="Autorin: Anja Brandt">'), ("Anja Brandt",)),
        (page(head='<meta name=author content="Von Anja Brandt">'), ("Anja Brandt",)),
        # Accounts and buttons are nobody.
        (page(head=described(author="lagune_zlfca4v6")), ()),
        (page(head=described(author="elmundo.es")), ()),
        (page(head='<meta name=author content="Account You\'re logged">'), ()),
        (page(below="<p>Weitere Informationen</p>"), ()),
    ],
)  # fmt: skip
def test_authors_are_those_of_the_article(markup: str, expected: tuple[str, ...]) -> None:
    assert read(markup).authors == expected


def shared(title: str) -> str:
    return page(head=f'<meta property="og:title" content="{title}">')


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        # What readers see, where the page shares it, too.
        (
            page(
                head=described(headline="San-Pédro agrandit ses quais")
                + f'<meta property="og:title" content="Ports : {TITLE}">',
                title=f"Ports : {TITLE}",
            ),
            f"Ports : {TITLE}",
        ),
        # Some put a description where the headline should be.
        (
            page(
                head=f"<title>{TITLE} - Lagune</title>"
                + described(headline="un chantier", name=TITLE)
            ),
            TITLE,
        ),
        (shared("quais-san-pedro-2019"), TITLE),
        (shared(f"{TITLE} | Lagune"), TITLE),
        (shared("Un port grandit | La Lagune"), "Un port grandit"),
        (shared("Un port grandit › Lagune"), "Un port grandit"),
        (shared("Un port » Grand et profond"), "Un port » Grand et profond"),
        (
            page(head=f"<title>{TITLE} ‹ Les nouvelles du jour</title>").replace(
                f"<h1>{TITLE}</h1>", ""
            ),
            TITLE,
        ),
    ],
)  # fmt: skip
def test_the_headline_is_the_articles(markup: str, expected: str) -> None:
    assert read(markup).title == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("الأربعاء 8 فبراير 2023 - 14:39", "2023-02-08T14:39"),
        ("8 فبراير/شباط 2023", "2023-02-08T00:00"),
        ("٨ فبراير ٢٠٢٣", "2023-02-08T00:00"),
        ("08 فيفري 2023", "2023-02-08T00:00"),
        ("8. Februar 2023, 14:39 Uhr", "2023-02-08T14:39"),
        ("mercoledì 8 febbraio 2023", "2023-02-08T00:00"),
        ("Fr, 17 Mai 2019 13:38:23 MESZ", "2019-05-17T11:38"),
        (
            "Wed Feb 08 2023 02:39:00 GMT+0000 (Coordinated Universal Time)",
            "2023-02-08T02:39",
        ),
        ("20230208023900", "2023-02-08T02:39"),
        ("20230208", "2023-02-08T00:00"),
        ("2023-02-08T02:39+01", "2023-02-08T01:39"),
        ("08-Feb-2023 02:39", "2023-02-08T02:39"),
        ("/Date(1675823940000)/", "2023-02-08T02:39"),
        ("Le 08/02/2023 à 02h39min", "2023-02-08T02:39"),
        ("Wed, 30 Nov -0001 00:00:00 +0000", None),
        ("20231399", None),
    ],
)
def test_dates_are_read_in_the_ways_of_further_languages_and_programs(
    told: str, expected: str | None
) -> None:
    found = parse_timestamp(told, zone=ZONE)

    assert (f"{found:%Y-%m-%dT%H:%M}" if found else None) == expected
