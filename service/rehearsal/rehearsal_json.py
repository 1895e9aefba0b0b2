"""Pure: a rehearsal as JSON, the same for the command and for the API (docs/rehearsal.md)."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from service.kit.translatable import json_fields
from service.rehearsal.rehearsed import (
    NewsHistory,
    Rehearsal,
    RehearsalNote,
    RehearsedArticle,
    RehearsedEdition,
    RehearsedNewsletter,
)

_MINUTE = timedelta(minutes=1)


def rehearsal_to_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return all of it: instants in UTC as ISO 8601, slots in the newsletter's own time."""
    return {
        "from": _iso(rehearsal.begins_at),
        "to": _iso(rehearsal.ends_at),
        "is_fine": all(each.is_fine for each in rehearsal.editions),
        "notes": _notes(rehearsal.notes),
        "newsletters": [_newsletter(each) for each in rehearsal.newsletters],
        "links": {
            url: {"status": link.status, **json_fields("why", link.why)}
            for url, link in rehearsal.links.items()
        },
    }


def _newsletter(part: RehearsedNewsletter) -> dict[str, Any]:
    return {
        "newsletter": part.newsletter.slug,
        "time_zone": part.newsletter.time_zone,
        "history": _history(part.history) if part.history else None,
        "notes": _notes(part.notes),
        "editions": [_edition(each) for each in part.editions],
    }


def _history(history: NewsHistory) -> dict[str, Any]:
    return {
        "from": history.first_on.isoformat(),
        "to": history.last_on.isoformat(),
        "weeks_back": history.weeks,
        "articles": history.articles,
        "begins_at": _iso(history.begins_at),
    }


def _edition(edition: RehearsedEdition) -> dict[str, Any]:
    size = edition.size
    return {
        "frequency": edition.frequency,
        "edition": edition.edition_id,
        "slot": str(edition.slot),
        "at": _iso(edition.slot.instant),
        "utc_offset_minutes": edition.utc_offset // _MINUTE,
        "begins_at": _iso(edition.begins_at),
        "status": edition.status,
        "verdict": "fine" if edition.is_fine else "look",
        "window_from": _iso(edition.window_from),
        "window_to": _iso(edition.window_to),
        "readers": edition.readers,
        "readers_without_sections": edition.readers_without,
        "sections": dict(edition.by_section),
        "articles": [_article(each) for each in edition.articles],
        "without_picture": edition.without_picture,
        "left_out": asdict(edition.left_out),
        "subject": size.subject if size else None,
        "html_bytes": size.html_bytes if size else None,
        "reductions": [str(each) for each in size.reductions] if size else [],
        "notes": _notes(edition.notes),
    }


def _article(article: RehearsedArticle) -> dict[str, Any]:
    return {
        "id": article.article_id,
        "section": article.section,
        "title": article.frozen.title,
        "url": article.frozen.url,
        "image_url": article.frozen.image_url,
        "first_seen": _iso(article.came_at),
        "stands_for_one_to_come": article.is_copy,
    }


def _notes(notes: Iterable[RehearsalNote]) -> list[dict[str, Any]]:
    return [{"warns": each.warns, **json_fields("note", each.message)} for each in notes]


def _iso(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
