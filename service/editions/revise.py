"""A visible change after the freeze: a revision of the edition.

Only two things change a frozen edition: an article that the publisher withdraws is left out, and
one whose headline was corrected is shown as it is now. So is one that an operator has corrected by
“Stop press”, even if only its summary differs. Everything else stays as it was frozen.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.audience.section_selection import bit_mask
from service.editions import queries
from service.editions import revision_queries as changes
from service.editions.build import content_hash_of
from service.editions.curated import curation_of
from service.editions.snapshot import snapshot_article
from service.editions.tables import Edition, EditionRevision, RevisedArticle
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

SWEEP_PERIOD = timedelta(days=2)
"""How far back the sweep looks for changed articles; a job usually runs within seconds."""

HEADLINE_INTERVAL = timedelta(minutes=1)
"""Minimum time between revisions that only correct headlines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSummary:
    """A revision: its number, from 2 on, its time, and how many articles it changed."""

    number: int
    made_at: datetime
    withdrawn: int
    corrected: int


def due_revisions(session: Session, *, now: datetime) -> list[int]:
    """Return frozen editions with articles that were changed since they were frozen."""
    return changes.editions_to_revise(
        session, since=now - SWEEP_PERIOD, rested=now - HEADLINE_INTERVAL
    )


def enqueue_revisions(session: Session, article_ids: Collection[int], *, now: datetime) -> None:
    """Enqueue a build of every frozen edition that carries one of these changed articles."""
    for edition_id in (
        changes.editions_with_articles(session, list(article_ids)) if article_ids else ()
    ):
        outbox.enqueue_once(session, BUILD_EDITION.name, {"edition_id": edition_id}, now=now)


def revise(session: Session, edition_id: int, *, now: datetime) -> int | None:
    """Update a frozen edition's content; return the number of the new revision, None if unchanged.

    Waits for enrolment, because readers are enrolled by the sections that the edition has.
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
    _apply_changes(session, edition, changed)
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


def list_revisions(session: Session, edition_id: int) -> list[RevisionSummary]:
    """Return an edition's revisions, oldest first."""
    return [
        RevisionSummary(
            number=each.number,
            made_at=each.made_at,
            withdrawn=each.withdrawn,
            corrected=each.corrected,
        )
        for each in changes.revisions_of(session, edition_id)
    ]


def _apply_changes(session: Session, edition: Edition, changed: dict[int, bool]) -> None:
    left = []
    curation = curation_of(session, edition)
    for placed, article, section in queries.articles_of(session, edition.id):
        if article.id in changed:
            session.add(
                RevisedArticle(
                    edition_id=edition.id,
                    number=edition.revision,
                    article_id=article.id,
                    is_withdrawn=changed[article.id],
                    title=placed.frozen["title"],
                )
            )
            placed.revise_now = False
        if changed.get(article.id):
            placed.left_out_in = edition.revision
        elif article.id in changed:
            is_whole = bool(placed.frozen.get("is_whole"))
            current = snapshot_article(
                article, section, curation.get(article.id), is_whole=is_whole
            )
            kept = {"bit": placed.frozen["bit"], "alerted_in": placed.frozen.get("alerted_in")}
            placed.frozen = replace(current, **kept).to_json()
        if placed.left_out_in is None:
            left.append(placed.frozen)
    edition.section_mask = bit_mask(frozen["bit"] for frozen in left)
    edition.content_hash = content_hash_of(edition.frozen, left)
