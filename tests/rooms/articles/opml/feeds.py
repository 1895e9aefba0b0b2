"""Stored feeds, as an export finds them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.articles.read_models import FeedDetails

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def a_feed(path: str, **changes: Any) -> FeedDetails:
    """A feed that was never polled."""
    values: dict[str, Any] = {
        "id": 1,
        "newsletter_id": 1,
        "kind": "feed",
        "url": f"https://courrier.example{path}",
        "title": "Le Courrier",
        "section_key": None,
        "full_text": False,
        "every": timedelta(minutes=5),
        "next_poll_at": NOW,
        "polled_at": None,
        "items": None,
        "newest_at": None,
        "failures": 0,
        "last_error": None,
        "remark": None,
        "paused_at": None,
        "created_at": NOW,
    }
    return FeedDetails(**{**values, **changes})
