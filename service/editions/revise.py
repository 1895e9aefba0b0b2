"""What is changed after the freeze, as an exception that is shown: a revision of the edition.

Only two things change a frozen edition: an article that the publisher withdraws is left out, and
one whose headline was corrected is shown as it is now. Everything else stays as it was frozen.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from service.editions import queries
from service.editions import revision_queries as changes
from service.editions.build import content_hash_of, mask_of
from service.editions.snapshot import snapshot_article
from service.editions.tables import Edition
from service.editions.tables import EditionRevision as EditionRevision  # noqa: PLC0414  Entry points name it from here.
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

SWEEP_PERIOD = timedelta(days=2)
"""How long the sweep looks for what was changed: job messages are answered within seconds."""

HEADLINE_INTERVAL = timedelta(minutes=1)
"""After a revision, how long the next one waits if it is only for a headline."""


def due_revisions(session: Session, *, now: datetime) -> list[int]:
    """Return frozen editions with articles that are not as they show them."""
    return changes.editions_to_revise(
        session, since=now - SWEEP_PERIOD, rested=now - HEADLINE_INTERVAL
    )


def enqueue_revisions(session: Session, article_ids: Collection[int], *, now: datetime) -> None:
    """Ring for every edition that may have to be revised, because these articles were changed."""
    for edition_id in (
        changes.editions_with_articles(session, list(article_ids)) if article_ids else ()
    ):
        outbox.enqueue_once(session, BUILD_EDITION.name, {"edition_id": edition_id}, now=now)


def revise(session: Session, edition_id: int, *, now: datetime) -> int | None:
    """Bring a frozen edition's content up to date; return its new revision if there is one.

    The audience is written down first, since readers are enrolled by the sections there are.
    """
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None or edition.frozen_at is None:
        return None
    if edition.enrolled_at is None and edition.finished_at is None:
        return None
    changed = changes.changed_articles(session, edition_id, rested=now - HEADLINE_INTERVAL)
    if not changed:
        return None
    edition.revision += 1
    _take_over(session, edition, changed)
    withdrawn = sum(changed.values())
    session.add(
        EditionRevision(
            edition_id=edition_id,
            number=edition.revision,
            made_at=now,
            withdrawn=withdrawn,
            corrected=len(changed) - withdrawn,
        )
    )
    queries.notify_progress(session, edition_id)
    log.info("edition.revised", edition=edition_id, revision=edition.revision, withdrawn=withdrawn)
    return edition.revision


def list_revisions(session: Session, edition_id: int) -> list[EditionRevision]:
    """Return what was changed after an edition's freeze, the first change first."""
    return changes.revisions_of(session, edition_id)


def _take_over(session: Session, edition: Edition, changed: dict[int, bool]) -> None:
    left = []
    for placed, article, section in queries.articles_of(session, edition.id):
        if changed.get(article.id):
            placed.left_out_in = edition.revision
        elif article.id in changed:
            placed.frozen = snapshot_article(article, section).to_json() | {
                "bit": placed.frozen["bit"]
            }
        if placed.left_out_in is None:
            left.append(placed.frozen)
    edition.section_mask = mask_of(frozen["bit"] for frozen in left)
    edition.content_hash = content_hash_of(edition.frozen, left)
