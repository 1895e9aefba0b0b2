"""One article has one address, whatever its links tell of where a reader came from."""

import pytest

from service.articles.urls import absolute_url, clean_url, url_alias

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
