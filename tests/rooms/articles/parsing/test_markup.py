"""Untrusted HTML becomes a tree."""

import pytest

from service.articles.parsing.markup import parse_document, parse_fragment


def test_a_document_has_its_root() -> None:
    assert parse_document("<?xml version='1.0'?><html><p>Un texte").tag == "html"


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(ValueError, match="no page"):
        parse_document("")


def test_a_fragment_may_be_empty_or_broken() -> None:
    assert parse_fragment("").text_content() == ""
    assert parse_fragment("<p>Un <b>texte</p>").text_content() == "Un texte"


def test_impossible_characters_become_spaces() -> None:
    assert parse_fragment("un\x00deux&#0;trois&#xD800;").text_content().split() == [
        "un",
        "deux",
        "trois",
    ]


def test_a_tag_with_too_many_attributes_loses_them() -> None:
    attributes = " ".join(f"a{n}='1'" for n in range(2_000))

    (div,) = parse_fragment(f"<b {attributes}>Un texte</b>").iter("b")

    assert dict(div.attrib) == {}
