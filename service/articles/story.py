"""Pure: the value that every parser makes of what it reads, before it is stored."""

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
