"""The format of some bytes, by their first characters."""

import pytest

from service.articles.input_format import InputFormat, detect_format


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', "", InputFormat.FEED),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', "text/html", InputFormat.FEED),
        (b'{"version": "https://jsonfeed.org/version/1"}', "", InputFormat.FEED),
        (b"\xef\xbb\xbf<!doctype html><title>Un titre</title>", "", InputFormat.PAGE),
        (b"<article><p>Un texte.</p></article>", "", InputFormat.PAGE),
        (b"<h1>Le flux <rss> d'un site</h1>", "", InputFormat.PAGE),
        (b"<unknown/>", "application/xml", InputFormat.FEED),
        (b"<unknown/>", "text/html", InputFormat.PAGE),
        ("« Oui », dit-il.".encode(), "", InputFormat.CLIPPING),
        (b"", "", InputFormat.CLIPPING),
    ],
)
def test_the_first_characters_decide(data: bytes, content_type: str, expected: InputFormat) -> None:
    assert detect_format(data, content_type=content_type) is expected
