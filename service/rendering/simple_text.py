"""Pure: what editors write around an edition: paragraphs of plain text with simple links.

A blank line begins a paragraph. `[words](https://example.org/page)` is a link, and so is a bare
web address. Everything else is text: no HTML, no markup.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.rendering.locale_format import typeset

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# Lengths are limited, so that each place is looked at for a bounded time.
_LINK = re.compile(
    r"\[(?P<words>[^\[\]\n]{1,300})\]\((?P<url>https?://[^\s()<>]{1,2000})\)"
    r"|(?P<bare>https?://[^\s()<>\[\]\"]{1,2000})"
)
_AFTER_A_SENTENCE = ".,;:!?»”’"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRun:
    """A piece of a paragraph; with a URL it is a link."""

    text: str
    url: str | None = None


Paragraph = tuple[TextRun, ...]


def parse_simple_text(text: str, locale: str) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a text, set as the language wants it; none for blank text."""
    paragraphs = (_paragraph(each, locale) for each in _BLANK_LINE.split(text))
    return tuple(each for each in paragraphs if each)


def plain_words(paragraph: Paragraph) -> str:
    """Return a paragraph for a plain text: an address stands behind its words."""
    return "".join(
        run.text if run.url in {None, run.text} else f"{run.text} ({run.url})" for run in paragraph
    )


def site_name(url: str) -> str:
    """Return the host of a web address, for the words of a link."""
    return urlsplit(url).hostname or url


def _paragraph(text: str, locale: str) -> Paragraph:
    text = " ".join(text.split())
    runs: list[TextRun] = []
    end = 0
    for found in _LINK.finditer(text):
        url = found["url"] or found["bare"].rstrip(_AFTER_A_SENTENCE)
        stop = found.end() if found["url"] else found.start() + len(url)
        runs += _plain(text[end : found.start()], locale)
        runs.append(
            TextRun(text=typeset(found["words"], locale) if found["words"] else url, url=url)
        )
        end = stop
    return (*runs, *_plain(text[end:], locale))


def _plain(text: str, locale: str) -> list[TextRun]:
    """Typeset a piece, with the spaces at its ends, which stand between it and a link."""
    if not text.strip():
        return [TextRun(text=" ")] if text else []
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return [TextRun(text=f"{before}{typeset(text, locale)}{after}")]
