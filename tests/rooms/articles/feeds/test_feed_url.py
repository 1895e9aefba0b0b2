"""Which addresses a feed may be stored under."""

import pytest

from service.articles.feed_kind import FeedKind
from service.articles.feeds.feed_url import parse_feed_address
from service.kit.errors import OperationRefused


def test_an_address_is_stored_in_one_spelling() -> None:
    """The same feed is added once, however its address was copied."""
    url = "HTTPS://Courrier.example/flux?feed=rss2&utm_source=x#top"

    address = parse_feed_address(url)

    assert address == ("https://courrier.example/flux?feed=rss2", FeedKind.FEED)


def test_an_address_in_the_rest_api_is_read_as_such() -> None:
    """WordPress has it; it is stored as the address of its posts."""
    address = parse_feed_address("https://courrier.example/wp-json/")

    assert address == ("https://courrier.example/wp-json/wp/v2/posts", FeedKind.WORDPRESS)


@pytest.mark.parametrize(
    "url", ["", "courrier", "file:///etc/passwd", "https://", "https://[", "https://a:b@c.example/"]
)
def test_what_is_no_web_address_or_holds_a_password_is_refused(url: str) -> None:
    """A password in an address would be shown to every operator."""
    with pytest.raises(OperationRefused):
        parse_feed_address(url)
