"""Pure: the values that parsers make of what they read, before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One published item as its source tells it; all texts are plain, on one line each."""

    title: str
    section: str | None = None
    summary: str = ""
    body: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    language: str | None = None
    related: tuple[str, ...] = ()
    image_url: str | None = None
    image_alt: str | None = None
    guid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRead:
    """A feed's own title and language, and its stories."""

    title: str | None
    language: str | None
    stories: Sequence[Story]
