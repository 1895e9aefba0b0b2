"""One item as many feeds would carry it."""

import json
from zoneinfo import ZoneInfo

import pytest

from service.articles.feeds.parse import parse_feed
from service.articles.parsed_article import ParsedArticle

URL = "https://golfe.example/feed.xml"
TEXT = "Les camions attendaient depuis un mois."
FIRST = "L’article <a>Un pont</a> est apparu en premier sur <a>Golfe Info</a>.</p>"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(*parts: str) -> ParsedArticle:
    item = f"<item><title>Un pont</title><link>/pont</link>{''.join(parts)}</item>"
    return _only(f'<rss version="2.0" {NAMESPACES}><channel>{item}</channel></rss>')


def atom(entry: str, *, feed: str = "") -> ParsedArticle:
    return _only(
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{feed}'
        f'<entry><title>Un pont</title><link href="/pont"/>{entry}</entry></feed>'
    )


def json_feed(item: dict[str, object], **feed: object) -> ParsedArticle:
    told = {"id": "https://golfe.example/pont", "title": "Un pont", "content_text": TEXT, **item}
    version = "https://jsonfeed.org/version/1.1"
    return _only(json.dumps({"version": version, "items": [told], **feed}))


def _only(feed: str) -> ParsedArticle:
    (parsed,) = parse_feed(feed.encode(), url=URL, zone=ZoneInfo("Africa/Porto-Novo")).articles
    return parsed


@pytest.mark.parametrize(
    "summary",
    [
        "Le fleuve a baissé.",
        "&lt;p&gt;Le fleuve a baissé. [&amp;#8230;]&lt;/p&gt;",
        f"<![CDATA[<p>Le fleuve a baissé.</p><p>{FIRST}]]>",
        "<![CDATA[<p>Le fleuve a baissé. […]</p>\n<p>The post Un pont first appeared on G.</p>]]>",
    ],
)
def test_a_blogs_words_to_aggregators_are_left_out(summary: str) -> None:
    parsed = rss(
        f"<description>{summary}</description>",
        f"<content:encoded><![CDATA[<p>{TEXT}</p><p>{FIRST}]]></content:encoded>",
    )

    assert parsed.summary == "Le fleuve a baissé."
    assert parsed.body == (TEXT,)


def test_no_section_is_not_a_section() -> None:
    parsed = rss("<category>Non classé</category><category>Culture</category>")

    assert parsed.section == "Culture"


def test_several_creators_and_relative_pictures_are_read() -> None:
    parsed = rss(
        "<dc:creator>Marie Sow</dc:creator><dc:creator>Koffi Mensah</dc:creator>",
        '<media:group><media:content url="/v.mp4" type="video/mp4"/>',
        '<media:content url="/a.jpg" type="image/jpeg"/></media:group>',
    )

    assert parsed.authors == ("Marie Sow", "Koffi Mensah")
    assert parsed.image_url == "https://golfe.example/a.jpg"


def test_atom_without_a_declared_encoding_is_unicode() -> None:
    parsed = atom("<author><name>Zoé Hounsou</name></author><summary>L’été</summary>")

    assert parsed.authors == ("Zoé Hounsou",)
    assert parsed.summary == "L’été"


def test_an_atom_feeds_author_is_that_of_its_entries() -> None:
    house = "<author><name>La rédaction</name></author>"

    assert atom("<summary>Été</summary>", feed=house).authors == ("La rédaction",)
    assert atom("<author><name>Marie Sow</name></author>", feed=house).authors == ("Marie Sow",)


def test_an_atom_categorys_label_is_preferred_to_its_key() -> None:
    assert atom('<category term="economie" label="Économie"/>').section == "Économie"


def test_a_json_feeds_authors_are_those_of_its_items() -> None:
    marie = [{"name": "Marie Sow"}]

    assert json_feed({}, authors=marie).authors == ("Marie Sow",)
    assert json_feed({"authors": [{"name": "AFP"}]}, authors=marie).authors == ("AFP",)
    assert json_feed({"authors": [], "author": marie[0]}).authors == ("Marie Sow",)


@pytest.mark.parametrize(
    "item",
    [
        {"attachments": [{"url": "/a.jpg", "mime_type": "image/jpeg", "title": "Le pont"}]},
        {"content_html": f'<p>{TEXT}</p><img src="/a.jpg" alt="Le pont">'},
    ],
)
def test_a_json_feeds_pictures_are_found(item: dict[str, object]) -> None:
    parsed = json_feed(item)

    assert parsed.image_url == "https://golfe.example/a.jpg"
    assert parsed.image_alt == "Le pont"


def test_a_json_feeds_pointers_are_taken_out_and_its_id_is_its_address() -> None:
    parsed = json_feed({"content_html": f"<p>{TEXT}</p><p>À lire aussi : Le bac rouvre</p>"})

    assert parsed.related == ("Le bac rouvre",)
    assert parsed.body == (TEXT,)
    assert parsed.url == "https://golfe.example/pont"


@pytest.mark.parametrize(
    "told",
    [
        "Feb 8, 2023 2:39 PM",
        "8 de fevereiro de 2023 às 14:39",
        "qua, 08 fev 2023 14:39:00 +0100",
        "miércoles 8 de febrero de 2023 14:39",
    ],
)
def test_dates_of_other_languages_and_half_days(told: str) -> None:
    parsed = rss(f"<pubDate>{told}</pubDate>")

    assert f"{parsed.published:%Y-%m-%d %H:%M}" == "2023-02-08 14:39"


def test_what_sites_set_around_a_text_in_their_feeds_is_left_out() -> None:
    drupal = "Un pont &lt;span&gt;asow&lt;/span&gt; Wed, 02/08/2023 - 02:39 "
    more = "&lt;p&gt;Leia mais&lt;/p&gt;"
    body = f"<content:encoded><![CDATA[<p>{TEXT}</p><p>La suite.</p><p>Awa Sow</p>]]>"

    assert rss(f"<description>{drupal}{TEXT}</description>").summary == TEXT
    assert rss(f"<description>{TEXT}{more}</description>").summary == TEXT
    signed = rss(f"{body}</content:encoded>")
    assert (signed.body, signed.authors) == ((TEXT, "La suite."), ("Awa Sow",))


def test_a_pictures_description_may_have_attributes() -> None:
    media = (
        '<media:content url="https://golfe.example/p.jpg" medium="image">'
        '<media:description type="plain"><![CDATA[Le pont]]></media:description></media:content>'
    )

    assert rss(media).image_alt == "Le pont"


def test_the_articles_own_address_wins_over_one_that_counts_clicks() -> None:
    space = "http://rssnamespace.org/feedburner/ext/1.0"
    own = "https://golfe.example/un-pont"

    parsed = rss(f'<feedburner:origLink xmlns:feedburner="{space}">{own}</feedburner:origLink>')

    assert parsed.url == own
