"""Choose an edition's articles, then fix them: planned → selected → frozen.

Every step locks the edition, does nothing if it was done already, and runs in the caller's
transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from service.articles import section_rules
from service.articles.placement import ArticleFacts
from service.audience.section_selection import bit_mask
from service.editions import catch_up, plan, queries, series_queries
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.editions.select import ArticleCandidate, TargetSection, select
from service.editions.snapshot import snapshot_article, snapshot_newsletter
from service.editions.tables import Edition
from service.editions.window import OVERLAP
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.languages import language_of
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.schedule import Slot

log = get_logger(__name__)

MAX_CANDIDATES = 2_000


def select_articles(session: Session, edition_id: int, *, now: datetime) -> EditionState | None:
    """Select the articles of a planned edition; return its new state, None if it was not planned.

    Nothing new means `skipped`.
    """
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None or edition.state != EditionState.PLANNED:
        return None
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    found = _candidates(session, edition, newsletter)
    picks = select(
        found,
        _rules(newsletter),
        most_per_section=newsletter.articles_per_section,
    )
    placed = set(
        queries.insert_articles(
            session,
            [
                {
                    "edition_id": edition.id,
                    "newsletter_id": newsletter.id,
                    "article_id": pick.article_id,
                    "series": edition.frequency if edition.previous_edition_id is None else None,
                    "section_id": pick.section_id,
                    "position": pick.position,
                }
                for pick in picks
            ],
        )
    )
    edition.section_mask = bit_mask(pick.bit for pick in picks if pick.article_id in placed)
    edition.passed_over = [
        each.article_id
        for each in found
        if each.article_id not in placed and each.first_seen_at >= edition.window_to - OVERLAP
    ]
    if not placed:
        return _skip(edition, now=now)
    edition.state = EditionState.SELECTED
    log.info("edition.selected", edition=edition.id, articles=len(placed))
    return EditionState.SELECTED


def build_slot(
    session: Session, newsletter_id: int, slot: Slot, *, now: datetime
) -> EditionDetails:
    """Make the held edition of a named slot and select its articles.

    A slot to come for which nothing is new yet stays free: what is published until then is in the
    edition that the scheduler makes. A past slot is skipped, like one of the schedule.

    Raises:
        Invalid: the slot is older than the newsletter's news stays valid, or too far ahead.
        Conflict: the slot has an edition, or is to come and nothing is new yet.
    """
    # The caller may commit after an error.
    with session.begin_nested():
        edition = plan.plan_slot(session, newsletter_id, slot, now=now)
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
    queries.remove_withdrawn(session, edition_id)
    rows = queries.articles_of(session, edition_id)
    if not rows:
        return _skip(edition, now=now)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    edition.section_mask = bit_mask(section.bit for _, _, section in rows)
    edition.frozen = snapshot_newsletter(newsletter).with_plain_addresses().to_json()
    for placed, article, section in rows:
        placed.frozen = snapshot_article(article, section).to_json()
    edition.content_hash = content_hash_of(edition.frozen, [placed.frozen for placed, _, _ in rows])
    edition.frozen_at = now
    edition.state = EditionState.FROZEN
    log.info("edition.frozen", edition=edition.id, content=edition.content_hash[:12])
    return EditionState.FROZEN


def _candidates(
    session: Session, edition: Edition, newsletter: NewsletterDetails
) -> list[ArticleCandidate]:
    rows = queries.candidates(
        session,
        _window_of(session, edition),
        newsletter_id=newsletter.id,
        language=language_of(newsletter.locale),
        horizon=newsletter.horizon,
        limit=MAX_CANDIDATES,
    )
    placer = section_rules.placer_for(session, newsletter)
    return [
        ArticleCandidate(
            article_id=row.id,
            section_key=section,
            published_at=row.published_at,
            first_seen_at=row.first_seen_at,
        )
        for row in rows
        if (section := placer.place(_facts(row)).section) is not None
    ]


def _window_of(session: Session, edition: Edition) -> queries.CandidateWindow:
    """Return an edition's window, and what its readers have had or been spared near its start."""
    start = edition.window_from - OVERLAP if edition.window_from else None
    if edition.previous_edition_id is None:
        carried = queries.carried_in_series(edition.newsletter_id, edition.frequency)
        before = series_queries.editions_since(
            session,
            edition.newsletter_id,
            edition.frequency,
            after=start or edition.window_to,
            up_to=edition.window_to,
        )
    else:
        before = catch_up.received_editions(session, edition)
        carried = queries.carried_in(before)
    return queries.CandidateWindow(
        seen_from=start,
        seen_to=edition.window_to,
        carried=carried,
        passed_over=series_queries.passed_over_by(session, before),
    )


def _facts(row: queries.CandidateRow) -> ArticleFacts:
    return section_rules.facts_of(
        row, placed_key=row.filing_key, feed_id=row.feed_id, feed_section=row.feed_section
    )


def _rules(newsletter: NewsletterDetails) -> list[TargetSection]:
    return [
        TargetSection(
            section_id=section.id,
            bit=section.bit,
            keys=frozenset({section.slug, *section.aliases}),
        )
        for section in newsletter.current_sections
    ]


def content_hash_of(newsletter: dict[str, Any], articles: Sequence[dict[str, Any]]) -> str:
    """Return the SHA-256 of everything that an edition shows, in hexadecimal digits.

    Both arguments are JSON as stored, the articles in the order of the page.
    """
    content = json.dumps([newsletter, list(articles)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _skip(edition: Edition, *, now: datetime) -> EditionState:
    edition.state = EditionState.SKIPPED
    edition.note = translatable("edition.nothing_new")
    edition.finished_at = now
    log.info("edition.skipped", edition=edition.id)
    return EditionState.SKIPPED
