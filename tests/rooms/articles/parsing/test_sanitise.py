"""Untrusted HTML becomes plain text."""

import pytest

from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text, unescape_again


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<p>Un</p><p>deux<br>trois</p>", ["Un", "deux", "trois"]),
        ("<p>Un <b>mot</b></p><script>alert(1)</script>", ["Un mot"]),
        ("Un\n\ndeux &amp; trois", ["Un", "deux & trois"]),
        ("<tr><td>Un</td><td>deux</td></tr>", ["Un deux"]),
        ("<figure><figcaption>Légende</figcaption></figure><p>Un", ["Un"]),
    ],
)
def test_only_the_text_of_paragraphs_is_kept(markup: str, paragraphs: list[str]) -> None:
    assert html_to_paragraphs(markup) == paragraphs


def test_what_is_no_element_is_text() -> None:
    assert html_to_text("</fin>") == "</fin>"
    assert html_to_text("<b></b>") == ""


def test_entities_that_were_escaped_twice_are_unescaped() -> None:
    assert unescape_again("L&amp;#8217;été") == "L’été"
    assert unescape_again("A & B") == "A & B"
