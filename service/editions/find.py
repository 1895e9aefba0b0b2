"""Find editions and what is in them."""

from collections.abc import Sequence

from service.articles.read_models import article_details
from service.editions import curation_queries, queries, series_queries
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.read_models import (
    CatchUpSummary,
    EditionArticleDetails,
    EditionDetails,
    edition_details,
)
from service.kit.db import Session
from service.kit.errors import NotFound
from service.newsletters.catalogue import section_details
from service.newsletters.frequency import Frequency


def get_edition(session: Session, edition_id: int) -> EditionDetails:
    """Return an edition; raise NotFound."""
    edition = queries.by_id(session, edition_id)
    if edition is None:
        raise unknown_edition(edition_id)
    return edition_details(edition)


def is_alert(session: Session, edition_id: int) -> bool:
    """Return whether an edition is an alert; False also where there is none."""
    return queries.kind_of(session, edition_id) is EditionKind.ALERT


def unknown_edition(edition_id: int) -> NotFound:
    """Return the error that there is no such edition."""
    return NotFound(f"There is no edition {edition_id}: see 'crieur edition list'.")


def get_edition_by_key(session: Session, key: str) -> EditionDetails:
    """Return the edition of a public address; raise NotFound."""
    edition = queries.by_key(session, key)
    if edition is None:
        raise NotFound("This edition does not exist.")
    return edition_details(edition)


def recent_editions(
    session: Session,
    newsletter_id: int | None = None,
    *,
    states: Sequence[EditionState] | None = None,
    before_id: int | None = None,
    limit: int = 50,
    with_catch_ups: bool = True,
) -> list[EditionDetails]:
    """Return editions, newest first; `before_id` continues a list."""
    rows = queries.recent(
        session,
        newsletter_id=newsletter_id,
        states=states,
        before_id=before_id,
        limit=limit,
        with_catch_ups=with_catch_ups,
    )
    return [edition_details(row) for row in rows]


def series_editions(
    session: Session,
    newsletter_id: int,
    frequency: Frequency,
    *,
    states: Sequence[EditionState],
    before_id: int | None = None,
    limit: int = 50,
) -> list[EditionDetails]:
    """Return what readers of one series get, newest first, without catch-up editions."""
    rows = series_queries.recent(
        session, newsletter_id, frequency, states=states, before_id=before_id, limit=limit
    )
    return [edition_details(row) for row in rows]


def catch_up_summaries(session: Session, edition_ids: Sequence[int]) -> dict[int, CatchUpSummary]:
    """Return the catch-up editions of some editions' slots, by edition, where there are any."""
    return {
        edition_id: CatchUpSummary(edition_ids=tuple(ids), readers=readers)
        for edition_id, ids, readers in series_queries.catch_ups_by_slot(session, edition_ids)
    }


def coming_editions(session: Session, newsletter_id: int | None = None) -> list[EditionDetails]:
    """Return the drafts of one newsletter or of all, the one that is due next first."""
    return [
        edition_details(row)
        for row in sorted(curation_queries.drafts(session), key=lambda each: each.window_to)
        if newsletter_id in {None, row.newsletter_id}
    ]


def edition_articles(session: Session, edition_id: int) -> list[EditionArticleDetails]:
    """Return an edition's articles with their sections, in the order of the page."""
    return [
        EditionArticleDetails(placed.frozen, article_details(article), section_details(section))
        for placed, article, section in queries.articles_of(session, edition_id)
    ]


def editions_under_construction(session: Session) -> list[int]:
    """Return the editions that a build step should carry on."""
    return queries.under_construction(session)
