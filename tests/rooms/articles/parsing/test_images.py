"""The picture of an article, or none; never a portrait, a pixel or an emoji."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.parsing.images import best_image, first_image, is_usable_image

SHOWN = "https://c.example/i/pont.webp"


@pytest.mark.parametrize(
    "before",
    [
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="https://c.example/e.gif" height="1">',
        '<img src="https://c.example/e.gif" style="width:1px;height:1px">',
        '<img src="https://secure.gravatar.com/avatar/00?s=96">',
        '<img class="emoji" src="https://s.w.org/images/core/emoji/72x72/1f600.png">',
        '<img width="72" src="https://c.example/sourire.png">',
        '<img src="data:image/gif;base64,R0lGOD">',
        '<img src="https://c.example/spacer.gif">',
        "<img>",
    ],
)
def test_what_shows_nothing_is_passed_over(before: str) -> None:
    found = first_image(f'<p>{before}</p><p><img alt="Le pont" src="{SHOWN}"></p>')

    assert found is not None
    assert (found.url, found.alt) == (SHOWN, "Le pont")


@pytest.mark.parametrize(
    "tag",
    [
        f'<img src="data:image/svg+xml;base64,PHN2" data-src="{SHOWN}">',
        f"<img data-lazy-src='{SHOWN}' src=\"data:image/gif;base64,R0\">",
        f'<img src="/blank.gif" srcset="https://c.example/i/s.webp 300w, {SHOWN} 900w">',
        f'<img data-width="1" alt="src=x" src={SHOWN} width="640">',
    ],
)
def test_pictures_that_a_script_loads_are_found(tag: str) -> None:
    found = first_image(tag)

    assert found is not None
    assert found.url == SHOWN


def test_of_a_feeds_media_the_widest_that_shows_something() -> None:
    media = [
        {"url": "https://1.gravatar.com/avatar/0", "width": "2000"},
        {"url": "https://c.example/140.jpg", "width": "140"},
        {"url": "https://c.example/700.jpg", "width": "700"},
    ]

    best = best_image(media)

    assert best is not None
    assert best.url == "https://c.example/700.jpg"


@given(st.text(max_size=300))
def test_anything_is_read_and_what_is_shown_may_be(markup: str) -> None:
    found = first_image(f"<img src='{markup}'> {markup}")

    assert found is None or is_usable_image(found.url)
