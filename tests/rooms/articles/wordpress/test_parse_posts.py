"""Posts of WordPress become articles, whatever themes and plug-ins have made of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.parsed_article import ParsedArticle
from service.articles.wordpress.parse_posts import parse_posts, parse_site_name
from service.kit.errors import OperationRefused
from tests.fakes.wordpress import a_post

SITE = "https://courrier.example/"
AT = datetime(2023, 2, 8, 5, tzinfo=UTC)
LATER = datetime(2023, 2, 8, 5, 30, tzinfo=UTC)


def parse(*posts: Any) -> list[ParsedArticle]:
    return list(parse_posts([json.dumps(posts).encode()], site=SITE).articles)


def post(number: int = 812, **said: Any) -> dict[str, Any]:
    return a_post(SITE.rstrip("/"), number, at=AT, changed=AT, **said)


def test_a_post_is_an_article_with_all_its_parts() -> None:
    """Names, not numbers, of category, tag and author; entities are letters."""
    (article,) = parse(post())

    assert article.title == "Le port n’attend pas 812"
    assert article.summary == "Les travaux commencent en mars…"
    assert article.body == ("Les travaux commencent en mars.", "Ils dureront deux ans.")
    assert (article.section, article.tags) == ("Économie & Ports", ("Abidjan",))
    assert article.authors == ("Awa Koné",)
    assert (article.published, article.updated) == (AT, None)
    assert article.url == "https://courrier.example/2023/02/article-812/"
    assert article.guid == "https://courrier.example/?p=812"
    assert article.language == "fr"


def test_a_correction_has_its_time() -> None:
    """An older version, from a cache, must not replace a newer one."""
    (article,) = parse(a_post(SITE.rstrip("/"), 1, at=AT, changed=LATER))

    assert article.updated == LATER


def test_the_picture_is_large_enough_and_no_larger() -> None:
    """Readers pay for each kilobyte; a cropped thumbnail would cut heads off."""
    (article,) = parse(post())

    assert article.image_url == "https://courrier.example/wp-content/uploads/port-768x512.jpg"
    assert article.image_alt == "Un quai du port"


def test_without_a_featured_picture_the_first_in_the_text_is_shown() -> None:
    """Many sites feature none."""
    text = '<p>Un texte.</p><img src="/photo.jpg" width="900" alt="Une photo">'
    (article,) = parse(
        post(content={"rendered": text}, _embedded={"wp:featuredmedia": [{"code": "x"}]})
    )

    assert (article.image_url, article.image_alt) == (f"{SITE}photo.jpg", "Une photo")


def test_the_guid_is_that_of_the_feed() -> None:
    """By feed and by the API it is one article; sites that hide the guid have the usual one."""
    (old, hidden) = parse(
        post(1, guid={"rendered": "http://old.example/?post_type=post&#038;p=1"}),
        post(2, guid=None),
    )

    assert old.guid == "http://old.example/?post_type=post&p=1"
    assert hidden.guid == "https://courrier.example/?p=2"


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "private"},
        {"status": "draft"},
        {"content": {"rendered": "", "protected": True}},
    ],
)
def test_what_is_not_public_is_left_out(hidden: dict[str, Any]) -> None:
    """A draft that a plug-in exposes must reach nobody."""
    assert parse(post(**hidden)) == []


def test_a_post_on_two_pages_counts_once() -> None:
    """While pages are read, a new post moves all others down."""
    page = json.dumps([post()]).encode()

    assert len(parse_posts([page, page], site=SITE).articles) == 1


def test_accounts_are_no_authors() -> None:
    """“Par admin” helps no reader."""
    (article,) = parse(post(_embedded={"author": [{"name": "admin"}]}))

    assert article.authors == ()


@pytest.mark.parametrize("page", [b"{}", b"<html>", b"", b"[" * 100_000, b'{"code":"x"}'])
def test_another_answer_is_refused(page: bytes) -> None:
    """An error must not look like a site without news."""
    with pytest.raises(OperationRefused):
        parse_posts([page], site=SITE)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.sampled_from(sorted(post())), VALUES)
def test_a_field_of_any_other_type_breaks_nothing(name: str, value: object) -> None:
    """One plug-in's idea of a field must not stop the whole site's news."""
    assert len(parse(post(1, **{name: value}), post(2, guid={"rendered": "urn:other"}))) >= 1


def test_the_sites_name_is_text() -> None:
    """The list of feeds shows it."""
    assert parse_site_name(b'{"name": "Caf&eacute; &amp; Co"}') == "Café & Co"
    assert parse_site_name(b"<html>") is None
