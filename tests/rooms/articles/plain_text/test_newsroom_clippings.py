"""Clippings that newsrooms paste from Word, telephones, mails and PDF files."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.typography import fold
from service.articles.plain_text.clipping import parse_clipping
from tests.rooms.articles.newsroom_clippings import CLIPPINGS

ZONE = ZoneInfo("Africa/Abidjan")


def _read(parsed: ParsedArticle, name: str) -> Any:
    value = getattr(parsed, name)
    if name in {"published", "updated"}:
        return value and value.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
    return [*map(fold, value)] if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", CLIPPINGS)
def test_a_pasted_article_is_read_as_a_person_reads_it(name: str) -> None:
    text, expected = CLIPPINGS[name]

    parsed = parse_clipping(text, zone=ZONE)

    told = {key: [*map(fold, v)] if isinstance(v, list) else v for key, v in expected.items()}
    assert {key: _read(parsed, key) for key in told} == told
