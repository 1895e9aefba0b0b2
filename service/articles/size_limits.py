"""Pure: how large the parts of an article may be, whoever tells of it.

A feed of some megabytes may be one headline. Everything that shows an article, freezes it or mails
it would carry that along, to every reader; no article that somebody wrote is near these sizes.
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


def enforce_limits(story: ParsedArticle) -> ParsedArticle:
    """Return a story with nothing in it that is larger than any article's.

    Words that are cut off leave an ellipsis; an address that is too long is none.
    """
    return replace(
        story,
        title=truncate(story.title, MAX_LINE_LENGTH),
        summary=truncate(story.summary, MAX_LINE_LENGTH),
        section=truncate(story.section, MAX_NAME_LENGTH) if story.section else story.section,
        body=_paragraphs(story.body),
        authors=_names(story.authors),
        categories=_names(story.categories),
        tags=_names(story.tags),
        related=_names(story.related),
        image_alt=truncate(story.image_alt, MAX_LINE_LENGTH)
        if story.image_alt
        else story.image_alt,
        image_url=_address(story.image_url),
        url=_address(story.url),
        guid=_address(story.guid),
        language=story.language[:20] if story.language else story.language,
    )


def truncate(text: str, most: int) -> str:
    """Return a text of at most `most` characters, cut between two words if they are words."""
    if len(text) <= most:
        return text
    whole = text[: most - 1]
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


def _address(address: str | None) -> str | None:
    return address if address is not None and len(address) <= MAX_LINE_LENGTH else None
