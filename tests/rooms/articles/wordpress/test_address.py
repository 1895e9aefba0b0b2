"""An operator gives any address of WordPress's REST API, and the posts are found."""

import pytest

from service.articles.wordpress.address import add_query, find_api, guess_apis


@pytest.mark.parametrize(
    ("given", "posts_url", "feed_url"),
    [
        (
            "https://courrier.example/wp-json/",
            "https://courrier.example/wp-json/wp/v2/posts",
            "https://courrier.example/feed/",
        ),
        (
            "https://courrier.example/wp-json",
            "https://courrier.example/wp-json/wp/v2/posts",
            "https://courrier.example/feed/",
        ),
        (
            "https://courrier.example/fr/wp-json/wp/v2/posts?categories=12",
            "https://courrier.example/fr/wp-json/wp/v2/posts?categories=12",
            "https://courrier.example/fr/feed/",
        ),
        (
            "https://courrier.example/?rest_route=/",
            "https://courrier.example/?rest_route=/wp/v2/posts",
            "https://courrier.example/?feed=rss2",
        ),
        (
            "https://courrier.example/index.php?rest_route=/wp/v2/posts&tags=4",
            "https://courrier.example/index.php?rest_route=/wp/v2/posts&tags=4",
            "https://courrier.example/?feed=rss2",
        ),
    ],
)
def test_an_address_in_the_api_is_recognised(given: str, posts_url: str, feed_url: str) -> None:
    """Sites have it in a folder, for each language, filtered, or without readable links."""
    api = find_api(given)

    assert api is not None
    assert (api.posts_url, api.feed_url) == (posts_url, feed_url)


@pytest.mark.parametrize(
    "url",
    [
        "https://courrier.example/",
        "https://courrier.example/feed/",
        "https://courrier.example/wp-json/wp/v2/pages",
        "https://courrier.example/wp-json/contact-form-7/v1",
        "https://courrier.example/wp-jsonp/",
        "https://courrier.example/?rest_route=/wp/v2/users",
        "ftp://courrier.example/wp-json/",
        "wp-json",
    ],
)
def test_another_address_is_none(url: str) -> None:
    """A feed, or another part of the API, is not read as posts."""
    assert find_api(url) is None


def test_a_sites_own_address_is_enough() -> None:
    """With `--kind wordpress` nobody needs to know what a REST API is."""
    assert [api.posts_url for api in guess_apis("https://courrier.example/politique/un-titre")] == [
        "https://courrier.example/wp-json/wp/v2/posts",
        "https://courrier.example/?rest_route=/wp/v2/posts",
    ]
    assert [api.site for api in guess_apis("https://hote.example/blog/")] == [
        "https://hote.example/blog/",
        "https://hote.example/blog/",
    ]


def test_a_question_keeps_the_filters_of_its_address() -> None:
    """A newsletter may poll one category only."""
    url = add_query(
        "https://courrier.example/wp-json/wp/v2/posts?categories=5&page=9", {"page": "2"}
    )

    assert url == "https://courrier.example/wp-json/wp/v2/posts?categories=5&page=2"
