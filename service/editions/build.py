"""Choose an edition's articles, then fix them: planned → selected → frozen.

Every step locks the edition, does nothing if it was done already, and runs in the caller's
transaction.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from service.audience.section_selection import bit_mask
from service.editions import alert_queries, choice, plan, queries
from service.editions.curated import curation_of, text_of
from service.editions.curation import CuratedArticle
from service.editions.find import get_edition
from service.editions.kind import LETTER_MASK, EditionKind
from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.editions.snapshot import snapshot_article, snapshot_newsletter
from service.editions.subject_test_steps import freeze_subject_test
from service.editions.tables import Edition
from service.editions.thin import skip_thin
from service.editions.transitions import mark_skipped
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import Slot

log = get_logger(__name__)


def select_articles(session: Session, edition_id: int, *, now: datetime) -> EditionState | None:
    """Select the articles of a planned edition; return its new state, None if it was not planned.

    Nothing new means `skipped`, and so does too little.
    """
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None or edition.state != EditionState.PLANNED:
        return None
    if edition.kind is EditionKind.CORRECTION:
        edition.state = EditionState.SELECTED
        return EditionState.SELECTED
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    if _is_unwanted_alert(edition, newsletter):
        return _skip_unwanted(session, edition, now=now)
    found = choice.choose(session, edition, newsletter)
    if skip_thin(session, edition, newsletter, found, now=now):
        return EditionState.SKIPPED
    placed = choice.place_articles(session, edition, newsletter, found)
    if not placed:
        return _skip(edition, now=now)
    edition.state = EditionState.SELECTED
    log.info("edition.selected", edition=edition.id, articles=len(placed))
    return EditionState.SELECTED


def build_slot(
    session: Session,
    newsletter_id: int,
    slot: Slot,
    *,
    now: datetime,
    frequency: Frequency | None = None,
) -> EditionDetails:
    """Make the held edition of a named slot and select its articles.

    It is one of the series of `frequency`, or of the newsletter's default one.

    A slot to come for which nothing is new yet stays free: what is published until then is in the
    edition that the scheduler makes. A past slot is skipped, like one of the schedule.

    Raises:
        Invalid: the slot is older than the newsletter's news stays valid, or too far ahead.
        Conflict: the slot has an edition, or is to come and nothing is new yet.
    """
    # The caller may commit after an error.
    with session.begin_nested():
        edition = plan.plan_slot(session, newsletter_id, slot, now=now, frequency=frequency)
        state = select_articles(session, edition.id, now=now)
        if state is EditionState.SKIPPED and slot.instant > now:
            raise Conflict(translatable("edition.conflict.nothing_new_yet", slot=str(slot)))
    return get_edition(session, edition.id)


def freeze(session: Session, edition_id: int, *, now: datetime) -> EditionState | None:
    """Fix the content of a selected edition; return its new state, None if it was not selected.

    Articles withdrawn since the selection are left out; revised ones are taken as they are now.
    Afterwards only a revision changes what readers get. A held edition is not frozen.
    """
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None or edition.state != EditionState.SELECTED or edition.held_at is not None:
        return None
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    if _is_unwanted_alert(edition, newsletter):
        return _skip_unwanted(session, edition, now=now)
    queries.remove_withdrawn(session, edition_id)
    rows = queries.articles_of(session, edition_id)
    is_letter = edition.kind is EditionKind.CORRECTION
    if not rows and not is_letter:
        return _skip(edition, now=now)
    sections = bit_mask(section.bit for _, _, section in rows)
    edition.section_mask = LETTER_MASK if is_letter else sections
    written = text_of(session, edition)
    frozen = replace(
        snapshot_newsletter(newsletter).with_plain_addresses(),
        text=written,
        second_subject=freeze_subject_test(session, edition),
    )
    edition.frozen = frozen.to_json()
    curation = curation_of(session, edition)
    alerted = _alerted(session, edition, newsletter, curation)
    for placed, article, section in rows:
        curated = curation.get(article.id)
        is_whole = edition.kind is EditionKind.PIECE
        snapshot = snapshot_article(article, section, curated, is_whole=is_whole)
        placed.frozen = replace(snapshot, alerted_in=alerted.get(article.id)).to_json()
    edition.content_hash = content_hash_of(edition.frozen, [placed.frozen for placed, _, _ in rows])
    edition.frozen_at = now
    edition.state = EditionState.FROZEN
    log.info("edition.frozen", edition=edition.id, content=edition.content_hash[:12])
    return EditionState.FROZEN


def _alerted(
    session: Session,
    edition: Edition,
    newsletter: NewsletterDetails,
    curation: Mapping[int, CuratedArticle],
) -> dict[int, int]:
    """Return which articles of a digest readers may have had as alerts, each with its alert.

    What an editor has pinned is for every reader, and so is everything if the newsletter says so.
    """
    if edition.kind is not EditionKind.DIGEST or newsletter.digests_repeat_alerts:
        return {}
    return {
        article_id: alert_id
        for article_id, alert_id in alert_queries.carrying_alerts(session, edition).items()
        if not (article_id in curation and curation[article_id].is_pinned)
    }


def content_hash_of(newsletter: dict[str, Any], articles: Sequence[dict[str, Any]]) -> str:
    """Return the SHA-256 of everything that an edition shows, in hexadecimal digits.

    Both arguments are JSON as stored, the articles in the order of the page.
    """
    content = json.dumps([newsletter, list(articles)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _is_unwanted_alert(edition: Edition, newsletter: NewsletterDetails) -> bool:
    """Return whether an alert was still to come when its newsletter stopped offering alerts."""
    return edition.kind is EditionKind.ALERT and not newsletter.offers_alerts


def _skip_unwanted(session: Session, edition: Edition, *, now: datetime) -> EditionState:
    queries.release_articles(session, edition.id)
    mark_skipped(edition, note=translatable("edition.alert.turned_off"), now=now)
    return EditionState.SKIPPED


def _skip(edition: Edition, *, now: datetime) -> EditionState:
    if edition.kind is EditionKind.ALERT:
        note = translatable("edition.alert.nothing_left")
    elif edition.waiting:
        note = translatable("edition.all_wait")
    else:
        note = translatable("edition.nothing_new")
    mark_skipped(edition, note=note, now=now)
    return EditionState.SKIPPED
