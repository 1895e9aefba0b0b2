"""Find editions and what is in them."""

from collections.abc import Sequence

from service.articles.tables import Article
from service.editions import queries
from service.editions.lifecycle import EditionState
from service.editions.tables import Edition as Edition  # noqa: PLC0414  Entry points name it from here.
from service.editions.tables import EditionArticle
from service.kit.db import Session
from service.kit.errors import NotFound
from service.newsletters.tables import Section


def get_edition(session: Session, edition_id: int, *, lock: bool = False) -> Edition:
    """Return an edition; raise NotFound."""
    edition = queries.by_id(session, edition_id, lock=lock)
    if edition is None:
        raise NotFound(f"There is no edition {edition_id}: see 'crieur edition list'.")
    return edition


def get_edition_by_key(session: Session, key: str) -> Edition:
    """Return the edition of a public address; raise NotFound."""
    edition = queries.by_key(session, key)
    if edition is None:
        raise NotFound("This edition does not exist.")
    return edition


def recent_editions(
    session: Session,
    newsletter_id: int | None = None,
    *,
    states: Sequence[EditionState] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Edition]:
    """Return editions, newest first; `before_id` continues a list."""
    return queries.recent(
        session, newsletter_id=newsletter_id, states=states, before_id=before_id, limit=limit
    )


def edition_articles(
    session: Session, edition_id: int
) -> list[tuple[EditionArticle, Article, Section]]:
    """Return an edition's articles with their sections, in the order of the page."""
    return [
        (placed, article, section)
        for placed, article, section in queries.articles_of(session, edition_id)
    ]


def editions_under_construction(session: Session) -> list[int]:
    """Return the editions that a build step should carry on."""
    return queries.under_construction(session)
