"""Editions that editors have made for a time in the coming days, outside of the schedule."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from service.editions.find import coming_editions
from service.editions.kind import EditionKind
from service.editions.proposal import ProposedArticle, propose
from service.editions.read_models import EditionDetails
from service.editions.snapshot import snapshot_article
from service.kit.db import Session
from service.kit.translatable import translatable
from service.newsletters.details import NewsletterDetails
from service.newsletters.schedule import Slot
from service.rehearsal import edition_notes
from service.rehearsal.clock_changes import utc_offset
from service.rehearsal.rehearse_series import RehearsalRange
from service.rehearsal.rehearsed import RehearsedArticle, RehearsedEdition, SlotStatus


def rehearse_manual(
    session: Session, newsletter: NewsletterDetails, period: RehearsalRange, *, readers: int
) -> list[RehearsedEdition]:
    """Return the editions of a newsletter that go whole to all its readers, with what they have."""
    return [
        _edition(session, newsletter, draft, period, readers=readers)
        for draft in coming_editions(session, newsletter.id)
        if draft.frequency is None
        and draft.held_at is None
        and period.now < draft.window_to <= period.until
    ]


def _edition(
    session: Session,
    newsletter: NewsletterDetails,
    draft: EditionDetails,
    period: RehearsalRange,
    *,
    readers: int,
) -> RehearsedEdition:
    zone = ZoneInfo(newsletter.time_zone)
    proposed = propose(session, draft.id, now=period.now)
    slot = Slot(local_date=draft.slot_date, local_time=draft.slot_time, instant=draft.window_to)
    is_whole = draft.kind is EditionKind.PIECE
    edition = RehearsedEdition(
        newsletter=newsletter,
        frequency=None,
        slot=slot,
        status=SlotStatus.SENT if proposed.articles else SlotStatus.SKIPPED,
        begins_at=edition_notes.begins_at(newsletter, slot.instant, zone),
        utc_offset=utc_offset(slot.instant, zone),
        edition_id=draft.id,
        articles=tuple(_article(each, is_whole=is_whole) for each in proposed.articles),
        readers=readers if proposed.articles else 0,
        text=proposed.text,
    )
    notes = [*edition_notes.notes_of(edition, zone)]
    if proposed.articles:
        is_approved = draft.approved_at is not None
        notes = [
            *edition_notes.approval_notes(newsletter, is_held=False, is_approved=is_approved),
            *notes,
        ]
    else:
        notes = [edition_notes.warning(translatable("rehearsal.empty")), *notes]
    return replace(edition, notes=tuple(notes))


def _article(proposed: ProposedArticle, *, is_whole: bool) -> RehearsedArticle:
    return RehearsedArticle(
        article_id=proposed.article.id,
        section=proposed.section.name,
        is_copy=False,
        came_at=proposed.article.first_seen_at,
        frozen=snapshot_article(
            proposed.article, proposed.section, proposed.curated, is_whole=is_whole
        ),
    )
