"""Feeds as discovery finds them; say only what a test is about."""

from typing import Any

from service.articles.discovery.feed_candidate import FeedCandidate, FoundBy
from service.articles.parsed_article import FeedFormat


def a_candidate(path: str = "/feed/", *, lists: str = "abc", **changes: Any) -> FeedCandidate:
    """A declared RSS feed at a path; `lists` has a letter for each article."""
    values: dict[str, Any] = {
        "url": f"https://courrier.example{path}",
        "format": FeedFormat.RSS,
        "found_by": FoundBy.DECLARED,
        "title": None,
        "language": None,
        "items": len(lists),
        "newest_at": None,
        "has_full_text": False if lists else None,
        "has_comments": False,
        "hub_url": None,
        "remark": None,
        "article_aliases": frozenset(lists),
    }
    return FeedCandidate(**{**values, **changes})
