"""Feeds as the programs of newsrooms write them, and what they mean."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.articles.feeds.parse import parse_feed
from service.articles.parsed_article import ParsedArticle

ZONE = ZoneInfo("Africa/Abidjan")
SITE = "https://site.example"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(inside: str, *, title: str = "Un pont rouvre", link: str = f"{SITE}/a/1") -> str:
    item = f"<item><title>{title}</title><link>{link}</link>{inside}</item>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {SPACES}><channel>'
        f"<title>Site</title><link>{SITE}/</link>{item}</channel></rss>"
    )


def without_spaces(feed: str) -> str:
    return feed.replace(SPACES, "")


def json_feed(**told: object) -> str:
    item = {"id": "1", "url": f"{SITE}/1", "title": "Un pont", "content_text": "Le texte.", **told}
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "home_page_url": SITE, "items": [item]}
    )


def first(feed: str | bytes) -> ParsedArticle:
    data = feed.encode() if isinstance(feed, str) else feed
    return parse_feed(data, url=f"{SITE}/feed", zone=ZONE).articles[0]


def minute(told: datetime | None) -> str | None:
    return f"{told.astimezone(UTC):%Y-%m-%dT%H:%M}" if told else None


EARLY, LATE = "2023-02-08T01:39", "2023-02-08T02:39"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("mercredi 8 février 2023 02:39 WAT", EARLY),
        ("Mer, 8 fév 2023 02:39:00 GMT+1", EARLY),
        ("8 février 2023 à 2h39 (heure d'Abidjan)", LATE),
        ("الأربعاء 8 فبراير 2023 02:39", LATE),
        ("quarta-feira, 8 de fevereiro de 2023 02:39", LATE),
        ("1675823940000", LATE),
        ("Wed, 08 Feb 2023 02:39:00 +01:00", EARLY),
        ("2023-02-08T02:39:00+0000 GMT", LATE),
        ("<![CDATA[ Wed, 08 Feb 2023 02:39:00 GMT ]]>", LATE),
        ("Tue, 31 Feb 2023 02:39:00 GMT", None),
        ("il y a 2 heures", None),
    ],
)
def test_dates_however_they_are_written(told: str, expected: str | None) -> None:
    assert minute(first(rss(f"<pubDate>{told}</pubDate>")).published) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("admin_lagune", ()),
        ("lagune.fr", ()),
        ("@awa", ()),
        ("redaction@site.example", ()),
        ("Par Awa Koné", ("Awa Koné",)),
        ("Awa Koné avec AFP", ("Awa Koné", "AFP")),
        ("La Rédaction", ("La Rédaction",)),
        ("KONÉ Awa", ("KONÉ Awa",)),
        ("محمد ولد سيدي", ("محمد ولد سيدي",)),
    ],
)
def test_authors_are_people_and_desks(told: str, expected: tuple[str, ...]) -> None:
    feed = rss(f"<dc:creator>{told}</dc:creator>")

    assert first(feed).authors == expected
    assert first(without_spaces(feed)).authors == expected


SOUND = "<enclosure url='https://c.example/e.mp3' length='0'/>"
COVER = "<itunes:image href='https://c.example/p.jpg'/>"
TEXT = "<p>Le pont rouvre ce matin aux camions.</p>"
SHARING = (
    "<div class='sharedaddy'><h3>Partager :</h3><ul><li>Twitter</li><li>Facebook</li></ul></div>"
)
ALERT = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://site.example/a/7&amp;usg=AF"


@pytest.mark.parametrize(
    ("feed", "part", "expected"),
    [
        (rss("", title="L&amp;amp;#8217;eau &amp;amp;amp; le pont"), "title", "L’eau & le pont"),
        (rss("", title="<![CDATA[<b>Le pont</b> de l&#8217;Est]]>"), "title", "Le pont de l’Est"),
        (
            rss("<description><![CDATA[<![CDATA[<p>Le chapô.</p>]]]]><![CDATA[>]]></description>"),
            "summary",
            "Le chapô.",
        ),
        (rss(SOUND), "image_url", None),
        (rss(SOUND + COVER), "image_url", "https://c.example/p.jpg"),
        (
            rss("<enclosure url='https://c.example/i.jpg' length='0'/>"),
            "image_url",
            "https://c.example/i.jpg",
        ),
        (
            rss("<category>Économie, Afrique</category>"),
            "categories",
            ("Économie, Afrique", "Économie", "Afrique"),
        ),
        (
            rss("<category>Arts, lettres et spectacles</category>"),
            "categories",
            ("Arts, lettres et spectacles",),
        ),
        (
            rss("<category>Sport &amp;amp; Loisirs</category>"),
            "categories",
            ("Sport & Loisirs",),
        ),
        (
            rss(f"<content:encoded><![CDATA[{TEXT}{SHARING}]]></content:encoded>"),
            "body",
            ("Le pont rouvre ce matin aux camions.",),
        ),
        (rss("", link=ALERT), "url", "https://site.example/a/7"),
        (rss("", link="https://www.google.com/url?usg=AF"), "url", "https://www.google.com/url?usg=AF"),
        (
            "<br />\n<b>Notice</b>: Undefined index in /rss.php on line 3<br />\n" + rss(""),
            "title",
            "Un pont rouvre",
        ),
        (rss("")[:-20], "title", "Un pont rouvre"),
    ],
)  # fmt: skip
def test_sloppy_feeds_say_what_they_mean(feed: str, part: str, expected: Any) -> None:
    assert getattr(first(feed), part) == expected


@pytest.mark.parametrize(
    ("told", "part", "expected"),
    [
        ({"authors": ["Awa Koné"]}, "authors", ("Awa Koné",)),
        ({"author": "Awa Koné"}, "authors", ("Awa Koné",)),
        ({"authors": [{"name": "admin"}, None, 3]}, "authors", ()),
        ({"authors": {"name": "Awa Koné"}}, "authors", ("Awa Koné",)),
        ({"tags": "Économie"}, "categories", ("Économie",)),
        ({"tags": ["Éco", None, 3, {"name": "Sport"}]}, "categories", ("Éco", "Sport")),
        ({"title": "L&#8217;eau <b>claire</b>"}, "title", "L’eau claire"),
        ({"id": 12}, "guid", "12"),
        ({"date_published": "demain"}, "published", None),
        ({"date_published": True}, "published", None),
        ({"date_published": float("1e300")}, "published", None),
    ],
)
def test_json_feeds_of_odd_types_say_what_they_mean(
    told: dict[str, object], part: str, expected: Any
) -> None:
    assert getattr(first(json_feed(**told)), part) == expected


@pytest.mark.parametrize("count", [1675823940, 1675823940000, 1675823940.5])
def test_json_feeds_may_count_seconds(count: float) -> None:
    assert minute(first(json_feed(date_published=count)).published) == LATE
