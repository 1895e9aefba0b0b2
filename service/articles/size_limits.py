"""Pure: limits on the size of an article's parts, whatever its source.

A feed of several megabytes may be a single headline. Every page, frozen edition and email with the
article would carry it, to every reader. No real article comes near these sizes.
"""

from dataclasses import replace

from service.articles.parsed_article import ParsedArticle

MAX_LINE_LENGTH = 2_000
"""Characters of a headline, a summary, an address, a section."""

MAX_NAME_LENGTH = 500
MAX_NAMES = 100
"""Characters of an author, a category, a related headline, and how many of each."""

MAX_PARAGRAPHS = 10_000
MAX_TEXT_LENGTH = 1_000_000
"""Paragraphs and characters of a text."""

_WORD = 200


def enforce_limits(parsed: ParsedArticle) -> ParsedArticle:
    """Return the article with no part above its limit.

    Texts that are cut end with an ellipsis; a URL or guid that is too long becomes None.
    """
    return replace(
        parsed,
        title=truncate(parsed.title, MAX_LINE_LENGTH),
        summary=truncate(parsed.summary, MAX_LINE_LENGTH),
        section=truncate(parsed.section, MAX_NAME_LENGTH) if parsed.section else parsed.section,
        body=_paragraphs(parsed.body),
        authors=_names(parsed.authors),
        categories=_names(parsed.categories),
        tags=_names(parsed.tags),
        related=_names(parsed.related),
        image_alt=truncate(parsed.image_alt, MAX_LINE_LENGTH)
        if parsed.image_alt
        else parsed.image_alt,
        image_url=_url(parsed.image_url),
        url=_url(parsed.url),
        guid=_url(parsed.guid),
        language=parsed.language[:20] if parsed.language else parsed.language,
    )


def truncate(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, cut between two words if there is a space."""
    if len(text) <= limit:
        return text
    whole = text[: limit - 1]
    space = whole.rfind(" ", len(whole) - _WORD)
    return f"{whole[:space] if space > 0 else whole}…"


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(truncate(name, MAX_NAME_LENGTH) for name in names[:MAX_NAMES])


def _paragraphs(body: tuple[str, ...]) -> tuple[str, ...]:
    kept, left = [], MAX_TEXT_LENGTH
    for paragraph in body[:MAX_PARAGRAPHS]:
        if left <= 0:
            break
        kept.append(truncate(paragraph, left))
        left -= len(paragraph)
    return tuple(kept)


def _url(address: str | None) -> str | None:
    return address if address is not None and len(address) <= MAX_LINE_LENGTH else None
