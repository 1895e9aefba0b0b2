"""Render a frozen edition: its parts, and the web version.

Inlining happens between short transactions, and each part is stored as soon as it is ready, so that
the next process continues after a crash. Stored parts are never replaced: two copies of one
reader's message have the same bytes, whichever worker joins them. Then every variant is assembled
once, to find the levels that it needs and the problems that forbid it; nothing is stored for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from service.editions import revise, transitions
from service.editions.find import get_edition, get_edition_by_key
from service.editions.frozen import FrozenNewsletter
from service.editions.kind import EditionKind
from service.editions.read_models import EditionDetails
from service.editions.subject_test import second_won
from service.editions.variant_mask import within
from service.kit.db import Begin, Session
from service.kit.errors import NotFound, OperationRefused
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, translatable
from service.measurement.counted_links import store_links
from service.rendering import queries
from service.rendering.branding import branding_from
from service.rendering.build_view import build_digest_view
from service.rendering.locale_format import format_long_date, format_time
from service.rendering.message_wording import load_wording
from service.rendering.part_store import (
    load_parts,
    load_winning_parts,
    store_blocks,
    store_frame,
)
from service.rendering.parts import (
    AssembledMessage,
    EditionParts,
    LevelNotRendered,
    render_level,
    render_parts,
)
from service.rendering.placeholder import make_placeholder
from service.rendering.render import RenderedMessage, render_message
from service.rendering.subject_variants import counted_links, variants_to_check
from service.rendering.tables import WEB_MASK
from service.rendering.views import DigestView

log = get_logger(__name__)

VARIANTS_PER_RENEWAL = 2_000
"""Variants that are assembled between two renewals of the build lease."""


def render_edition(begin: Begin, edition_id: int, *, public_url: str, now: datetime) -> int:
    """Render what the latest revision lacks; return the number of new parts.

    A frozen edition is `rendered` afterwards. Of an edition that has ended only the web version is
    rendered again.

    Raises:
        OperationRefused: it must not be sent, a problem is fatal or no article is left.
    """
    with begin() as session:
        edition = get_edition(session, edition_id)
        if edition.frozen_at is None:
            return 0
        view = load_digest_view(session, edition, public_url=public_url)
        notes = _notes(session, edition)
    new = 0
    if edition.finished_at is None and not view.is_empty:
        new = _render_parts(begin, edition, view, public_url=public_url)
    _render_page(begin, edition, replace(view, notes=notes), now=now)
    if edition.finished_at is None and view.is_empty:
        raise OperationRefused(translatable("edition.all_withdrawn"))
    with begin() as session:
        transitions.mark_rendered(
            session, edition_id, revision=edition.revision, subject=view.subject, now=now
        )
    log.info("edition.rendered", edition=edition_id, parts=new, choices=len(edition.masks))
    return new


def _render_parts(
    begin: Begin, edition: EditionDetails, view: DigestView, *, public_url: str
) -> int:
    """Store every part that some variant needs, and check every variant."""
    view = view.with_fresh_parts()
    with begin() as session:
        parts = load_parts(session, edition, edition.revision)
    new = 0
    if parts is None:
        placeholder = make_placeholder()
        frame, blocks = render_parts(
            personalise(view, placeholder, public_url=public_url), placeholder
        )
        with begin() as session:
            store_frame(session, edition, frame)
            store_blocks(session, edition, 0, blocks, view)
        parts = EditionParts(
            view=view, frame=frame, blocks={0: {each.bit: each for each in blocks}}
        )
        new = 1 + len(blocks)
    variants = _variants(begin, edition, parts, public_url=public_url)
    # Levels are rendered from the frozen content: a stored view has headlines and summaries only.
    personal = personalise(view, parts.frame.placeholder, public_url=public_url)
    reported: set[TranslatableMessage] = set()
    for number, mask in enumerate(_masks(edition), start=1):
        if number % VARIANTS_PER_RENEWAL == 0:
            with begin():
                pass  # An empty transaction renews the build lease.
        while (level := _missing_level(edition.id, variants, mask, reported)) is not None:
            blocks = render_level(personal, level)
            with begin() as session:
                store_blocks(session, edition, level, blocks, view)
            parts = replace(parts, blocks={**parts.blocks, level: {b.bit: b for b in blocks}})
            variants = _variants(begin, edition, parts, public_url=public_url)
            new += len(blocks)
    return new


def _variants(
    begin: Begin, edition: EditionDetails, parts: EditionParts, *, public_url: str
) -> tuple[EditionParts, ...]:
    """Return what readers of one choice may get: several, if the subject is tested.

    The links that are counted are stored before a message with them can leave.
    """
    frozen = FrozenNewsletter.from_json(edition.frozen)
    if frozen.second_subject is None:
        return (parts,)
    links = counted_links(parts, public_url=public_url, edition_key=edition.key)
    with begin() as session:
        store_links(session, edition.id, links)
    return variants_to_check(parts, frozen, public_url=public_url, edition_key=edition.key)


def _masks(edition: EditionDetails) -> Sequence[int]:
    """Return every mask that leaves a section, the whole edition first."""
    chosen = {within(int(mask), edition.section_mask) for mask in edition.masks} - {0}
    return [edition.section_mask, *sorted(chosen - {edition.section_mask})]


def _missing_level(
    edition_id: int,
    variants: Sequence[EditionParts],
    mask: int,
    reported: set[TranslatableMessage],
) -> int | None:
    """Check one choice; return the level that must be rendered first, None when it is complete."""
    try:
        joined = [parts.assemble(mask) for parts in variants]
    except LevelNotRendered as missing:
        return missing.level
    for problem in (problem for each in joined for problem in each.problems):
        if problem.message not in reported:
            reported.add(problem.message)
            log.warning(
                "rendition.faulty", edition=edition_id, mask=mask, problem=str(problem.message)
            )
        if problem.fatal:
            raise OperationRefused(
                translatable(
                    "rendering.unsendable", edition=str(edition_id), problem=problem.message
                )
            )
    return None


def _render_page(begin: Begin, edition: EditionDetails, view: DigestView, *, now: datetime) -> None:
    """Store the web version of the latest revision, unless that was done."""
    with begin() as session:
        found = queries.rendition(session, edition_id=edition.id, mask=WEB_MASK)
        is_latest = edition.revision == edition.rendered_revision
    if (found is not None and is_latest) or (found is None and edition.finished_at is not None):
        return  # An edition that was cancelled before it appeared gets no page.
    page = render_message(view.template, view)
    row = {
        "edition_id": edition.id,
        "mask": WEB_MASK,
        "subject": page.subject,
        "html": page.html,
        "text": page.text,
        "placeholder": "",
        "warnings": [],
        "rendered_at": now,
    }
    with begin() as session:
        queries.put_rendition(session, row)


def _notes(session: Session, edition: EditionDetails) -> tuple[str, ...]:
    """Return the changes after the freeze, in sentences for the readers of the web version."""
    newsletter = FrozenNewsletter.from_json(edition.frozen)
    locale = newsletter.locale
    translate = load_wording().translator(locale)
    zone = ZoneInfo(newsletter.time_zone)
    notes = []
    for each in revise.list_revisions(session, edition.id):
        at = each.made_at.astimezone(zone)
        what = []
        if each.withdrawn:
            what.append(translate("digest.withdrawn", count=each.withdrawn))
        if each.corrected:
            what.append(translate("digest.corrected", count=each.corrected))
        notes.append(
            translate(
                "digest.revised",
                number=each.number,
                day=format_long_date(at.date(), locale),
                time=format_time(at.time(), locale),
                what=", ".join(what),
            )
        )
    return tuple(notes)


def find_variant(session: Session, edition_id: int, mask: int) -> AssembledMessage:
    """Return one variant of the rendered revision, or the web version.

    Editions from before there were parts have a rendition for each mask.

    Raises:
        NotFound: the edition has not been rendered, or not for this mask.
    """
    edition = get_edition(session, edition_id)
    if edition.revision == 1 or mask == WEB_MASK:
        stored = queries.rendition(session, edition_id=edition_id, mask=mask)
        if stored is not None:
            return AssembledMessage.of(stored)
    parts = load_winning_parts(session, edition, edition.rendered_revision)
    if parts is None or mask < 0 or not mask & edition.section_mask:
        raise NotFound(f"Edition {edition_id} has not been rendered for this choice of sections.")
    try:
        return parts.assemble(mask)
    except LevelNotRendered:
        raise NotFound(f"Edition {edition_id} has no such choice of sections.") from None


def subject_of(session: Session, edition_id: int) -> str:
    """Return the subject with every section, as lists and archives show it; raise NotFound."""
    found = queries.rendition(session, edition_id=edition_id, mask=WEB_MASK)
    if found is None:
        raise NotFound(f"Edition {edition_id} has not been rendered.")
    return found.subject


def find_web_version(session: Session, key: str) -> RenderedMessage:
    """Return the web version of the edition with this public key; raise NotFound."""
    edition = get_edition_by_key(session, key)
    found = queries.rendition(session, edition_id=edition.id, mask=WEB_MASK)
    if found is None:
        raise NotFound("This edition has not appeared yet.")
    return AssembledMessage.of(found).rendered


def load_digest_view(session: Session, edition: EditionDetails, *, public_url: str) -> DigestView:
    """Return the whole digest of a frozen edition, without personal links."""
    newsletter = FrozenNewsletter.from_json(edition.frozen)
    if second_won(session, edition.id):
        newsletter = newsletter.with_second_subject()
    view = build_digest_view(
        branding_from(newsletter, public_url=public_url),
        queries.frozen_articles(session, edition.id),
        edition_date=edition.slot_date,
        time_zone=newsletter.time_zone,
        web_url=f"{public_url}/e/{edition.key}",
        text=newsletter.text,
        is_alert=edition.kind is EditionKind.ALERT,
    )
    return replace(view, is_letter=edition.kind is EditionKind.CORRECTION)


def personalise(view: DigestView, token: str, *, public_url: str) -> DigestView:
    """Return the view with one reader's links; the token is usually a placeholder."""
    return replace(
        view,
        preferences_url=f"{public_url}/preferences/{token}",
        unsubscribe_url=f"{public_url}/unsubscribe/{token}",
    )
