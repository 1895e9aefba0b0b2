"""Editors' words: paragraphs and links, and nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rendering.simple_text import TextRun, parse_simple_text, plain_words, site_name


def runs(text: str) -> list[list[tuple[str, str | None]]]:
    return [
        [(run.text, run.url) for run in paragraph] for paragraph in parse_simple_text(text, "en")
    ]


def test_a_blank_line_begins_a_paragraph() -> None:
    assert runs("Good morning.\n\n\nTwo\nlines.") == [
        [("Good morning.", None)],
        [("Two lines.", None)],
    ]


def test_words_and_bare_addresses_link() -> None:
    assert runs("Read [our guide](https://a.example/g) or https://b.example/x.") == [
        [
            ("Read ", None),
            ("our guide", "https://a.example/g"),
            (" or ", None),
            ("https://b.example/x", "https://b.example/x"),
            (".", None),
        ]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[click](javascript:alert(1))",
        "<a href='https://a.example'>click</a>",
        "[click](data:text/html,x)",
        "[](https://)",
    ],
)
def test_what_is_no_web_link_stays_text(text: str) -> None:
    """A message must never carry a `javascript:` link, nor an editor's HTML."""
    addresses = [url for paragraph in runs(text) for _, url in paragraph]

    assert all(url is None or url.startswith("https://a.example") for url in addresses)


def test_french_gets_its_no_break_spaces_between_links_too() -> None:
    [paragraph] = parse_simple_text("Lire : [ici](https://a.example) !", "fr")

    assert paragraph[0].text == "Lire\u00a0: "


def test_a_plain_text_shows_where_a_link_leads() -> None:
    assert plain_words((TextRun(text="our guide", url="https://a.example"),)) == (
        "our guide (https://a.example)"
    )
    assert plain_words((TextRun(text="https://a.example", url="https://a.example"),)) == (
        "https://a.example"
    )
    assert site_name("https://www.a.example/x?y") == "www.a.example"


@given(st.text(alphabet="[]()htps:/ .a\n", max_size=300))
def test_no_words_are_lost(text: str) -> None:
    shown = "".join(run.text for paragraph in parse_simple_text(text, "en") for run in paragraph)

    assert [sign for sign in shown if sign == "a"] <= [sign for sign in text if sign == "a"]
    assert shown.count("p") <= text.count("p")


@pytest.mark.parametrize("piece", ["[", "](", "[a](", "https://", "[a](https://b"])
def test_hostile_text_is_parsed_in_linear_time(piece: str) -> None:
    """An editor pastes a megabyte of brackets."""

    def seconds(text: str) -> float:
        start = time.process_time()
        parse_simple_text(text, "en")
        return time.process_time() - start

    short, long = piece * 2_000, piece * 16_000
    seconds(short)
    assert seconds(long) < 40 * max(seconds(short), 0.002)
