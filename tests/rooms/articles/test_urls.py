"""One article has one address, whatever its links tell of where a reader came from."""

import pytest

from service.articles.urls import (
    absolute_url,
    clean_url,
    is_front_page,
    parse_article_url,
    url_alias,
)
from service.kit.errors import OperationRefused

PLAIN = "https://courrier.example/eco/port"


@pytest.mark.parametrize(
    "mark",
    [
        "utm_source=rss", "mtm_campaign=rss", "pk_campaign=rss", "maca=fra-rss-fr-all-1",
        "at_medium=RSS&at_campaign=X", "xtor=RSS-16", "traffic_source=rss", "ns_mchannel=rss",
        "CMP=rss_fr", "ref=rss", "af=R", "amp=1", "fbclid=x", "share=facebook", "wt_mc=rss",
        "hss_channel=tw-1", "srsltid=abc", "source=rss", "gclid=1", "mc_eid=2",
    ],
)  # fmt: skip
def test_tracking_marks_go_and_the_rest_stays(mark: str) -> None:
    assert clean_url(f"{PLAIN}?{mark}") == PLAIN
    assert clean_url(f"{PLAIN}?id=3&{mark}&page=2") == f"{PLAIN}?id=3&page=2"


@pytest.mark.parametrize("kept", ["ref=42", "source=afp", "from=2023", "id=1", "s=rss"])
def test_what_may_name_the_article_stays(kept: str) -> None:
    assert clean_url(f"{PLAIN}?{kept}") == f"{PLAIN}?{kept}"


@pytest.mark.parametrize(
    "twin",
    [
        "http://courrier.example/eco/port/",
        "https://www.courrier.example/eco/port",
        "https://m.courrier.example/eco/port",
        "https://courrier.example/eco/port/amp/",
        "https://courrier.example/eco/p%6frt",
        "https://courrier.example/eco/port/index.html",
    ],
)
def test_twins_have_one_alias(twin: str) -> None:
    assert url_alias(clean_url(twin) or "") == url_alias(PLAIN)


def test_accents_and_the_order_of_parameters_make_no_difference() -> None:
    one = clean_url("https://c.example/%C3%A9co?b=2&a=1")
    two = clean_url("https://c.example/éco?a=1&b=2")

    assert url_alias(one or "") == url_alias(two or "")


@pytest.mark.parametrize("nothing", ["N/A", "#", "null", "", "mailto:a@b.example", "http://"])
def test_what_leads_nowhere_is_no_address(nothing: str) -> None:
    assert absolute_url("https://courrier.example/feed", nothing) is None


def test_a_fragment_stays_on_request_unless_it_is_a_mark() -> None:
    assert clean_url(f"{PLAIN}#p-1", keep_fragment=True) == f"{PLAIN}#p-1"
    assert clean_url(f"{PLAIN}#xtor=RSS-16", keep_fragment=True) == PLAIN
    assert clean_url(f"{PLAIN}#p-1") == PLAIN


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("HTTPS://Courrier.Example:443", "https://courrier.example/"),
        ("http://courrier.example:8080/a", "http://courrier.example:8080/a"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://bücher.example/a b\n/c", "https://xn--bcher-kva.example/a%20b/c"),
        (f"{PLAIN}?utm_source=x", PLAIN),
        (f"{PLAIN}?q=a+b&empty=", f"{PLAIN}?q=a+b&empty="),
    ],
)
def test_an_address_has_one_form(typed: str, clean: str) -> None:
    assert clean_url(typed) == clean
    assert clean_url(clean) == clean


@pytest.mark.parametrize(
    "typed",
    [
        None,
        "",
        "ftp://courrier.example/a",
        "https:///a",
        "https://courrier.example:port/a",
        "https://courrier.example:99999/a",
        "https://[::1/a",
        f"https://{'a' * 64}.example/",
        'https://courrier.example/"a"',
        f"{PLAIN}?{'x' * 2_000}",
    ],
)
def test_what_is_no_web_address_is_none(typed: str | None) -> None:
    assert clean_url(typed) is None


def test_a_relative_link_leads_from_the_page_it_stands_on() -> None:
    base = "https://courrier.example/eco/"

    assert absolute_url(base, "../sport?utm_source=x") == "https://courrier.example/sport"
    assert absolute_url(base, "//autre.example/a") == "https://autre.example/a"
    assert absolute_url(base, "http://[::1") is None
    assert absolute_url(base, None) is None


def test_an_address_that_is_not_utf_8_is_compared_as_it_stands() -> None:
    assert url_alias("https://courrier.example/%E9co") == "url:courrier.example/%E9co"


@pytest.mark.parametrize(
    ("url", "is_front"),
    [
        ("https://courrier.example", True),
        ("https://courrier.example/", True),
        ("https://courrier.example/eco", False),
        ("https://courrier.example/?p=7", False),
    ],
)
def test_a_front_page_has_only_a_host(url: str, is_front: bool) -> None:
    assert is_front_page(url) is is_front


def test_a_feeds_own_url_keeps_what_says_which_feed_it_is() -> None:
    """Without its parameter, WordPress's `/?feed=rss2` is the front page."""
    url = "https://courrier.example/?feed=rss2&utm_source=x"

    assert clean_url(url, keep_origin=True) == "https://courrier.example/?feed=rss2"
    assert clean_url(url) == "https://courrier.example/"


@pytest.mark.parametrize(
    "url", ["", "courrier", "javascript:alert(1)", "https://a:b@c.example/x", "https://c.example/"]
)
def test_an_address_that_identifies_no_article_is_refused(url: str) -> None:
    """It would be shown to readers, and be what other articles are compared with."""
    with pytest.raises(OperationRefused):
        parse_article_url(url)


def test_an_articles_address_is_given_as_it_was_copied() -> None:
    """A browser's address bar has tracking parameters and marks of the text that was sought."""
    copied = " https://courrier.example/port?id=3&utm_source=x#:~:text=port "

    assert parse_article_url(copied) == "https://courrier.example/port?id=3"
