"""Bytes that are no feed: the message says what they are, and where the feed is."""

import pytest

from service.articles.feeds.non_feed import describe_non_feed

URL = "https://courrier.example/"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "neither RSS nor Atom nor JSON Feed"),
        (b"<html><body>Bonjour</body></html>", "Look on the site"),
        (b"<html><title>Just a moment...</title></html>", "no robots"),
        (
            b'<html><link rel="alternate" type="application/rss+xml" href="/flux?a=1&amp;b=2">',
            "add https://courrier.example/flux?a=1&b=2 instead",
        ),
        (b'<html><link type="application/rss+xml" href="/">', "Look on the site"),
    ],
)
def test_the_message_says_what_the_bytes_are(data: bytes, said: str) -> None:
    assert said in str(describe_non_feed(data, url=URL))
