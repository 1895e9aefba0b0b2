"""Store and load the parts of an edition."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from service.editions import transitions
from service.editions.find import get_edition
from service.editions.frozen import FrozenNewsletter
from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.editions.subject_test import second_won
from service.editions.subject_test_rules import SECOND
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.translatable import TranslatableMessage, untranslated
from service.rendering import queries
from service.rendering.branding import branding_from
from service.rendering.build_view import editors_view
from service.rendering.checks import RenderingProblem
from service.rendering.parts import AssembledMessage, EditionParts, MessageFrame, SectionBlock
from service.rendering.subject_variants import with_subject
from service.rendering.tables import FRAME, WEB_MASK, StoredPart
from service.rendering.views import FRESH_BIT, ArticleView, DigestView, SectionView


def load_parts(session: Session, edition: EditionDetails, revision: int) -> EditionParts | None:
    """Return the stored parts of a revision; None when not even the frame is stored."""
    rows = queries.parts(session, edition.id, revision)
    frame = next((row for row in rows if row.bit == FRAME), None)
    if frame is None:
        return None
    # Stored with the frame, also if there are no sections.
    blocks: defaultdict[int, dict[int, SectionBlock]] = defaultdict(dict, {0: {}})
    for row in rows:
        if row.bit != FRAME:
            blocks[row.level][row.bit] = SectionBlock(
                bit=row.bit, html=row.html, text=row.text, problems=_stored_problems(row)
            )
    sections = sorted(
        (row for row in rows if FRAME < row.bit < FRESH_BIT and not row.level),
        key=lambda row: row.facts["place"],
    )
    newsletter = FrozenNewsletter.from_json(edition.frozen)
    return EditionParts(
        view=DigestView(
            branding=branding_from(newsletter, public_url=""),
            editors=editors_view(newsletter.text, newsletter.locale),
            edition_date=edition.slot_date,
            sections=tuple(map(_section, sections)),
            web_url="",
        ),
        frame=MessageFrame(
            html=frame.html,
            text=frame.text,
            mark=frame.facts["mark"],
            placeholder=frame.facts["placeholder"],
            problems=_stored_problems(frame),
        ),
        blocks=dict(blocks),
    )


def load_winning_parts(
    session: Session, edition: EditionDetails, revision: int
) -> EditionParts | None:
    """Return the parts of a revision with the subject that a test has decided for."""
    parts = load_parts(session, edition, revision)
    if parts is None or not second_won(session, edition.id):
        return parts
    return with_subject(parts, FrozenNewsletter.from_json(edition.frozen), SECOND)


def reset_if_parts_lost(session: Session, edition_id: int) -> bool:
    """Mark an edition as not rendered if its parts are missing; return whether they are.

    Only manual SQL or a dump without that table leads there. Editions from before there were parts
    have renditions instead.
    """
    edition = get_edition(session, edition_id)
    is_lost = edition.state == EditionState.SENDING and not queries.is_stored(
        session, edition_id, edition.rendered_revision
    )
    if is_lost:
        transitions.mark_unrendered(session, edition_id)
    return is_lost


def stored_masks(session: Session, edition_id: int) -> set[int]:
    """Return the masks for which an edition from before there were parts has renditions."""
    return queries.stored_masks(session, edition_id) - {WEB_MASK}


def load_variant(session: Session, edition_id: int, mask: int) -> AssembledMessage:
    """Return a variant stored in one piece, whatever has been revised since; raise NotFound."""
    found = queries.rendition(session, edition_id=edition_id, mask=mask)
    if found is None:
        raise NotFound(f"Edition {edition_id} has no variant {mask} in one piece.")
    return AssembledMessage.of(found)


def store_frame(session: Session, edition: EditionDetails, frame: MessageFrame) -> None:
    """Store the frame of an edition's latest revision."""
    facts = {
        "mark": frame.mark,
        "placeholder": frame.placeholder,
        "problems": _problems_json(frame.problems),
    }
    queries.put_parts(session, [_row(edition, 0, FRAME, frame, facts)])


def store_blocks(
    session: Session,
    edition: EditionDetails,
    level: int,
    blocks: Sequence[SectionBlock],
    view: DigestView,
) -> None:
    """Store the blocks of a level; `view` is the whole digest, with the same sections."""
    queries.put_parts(
        session,
        [
            _row(edition, level, block.bit, block, _facts(block, section, place, level))
            for place, (block, section) in enumerate(zip(blocks, view.sections, strict=True))
        ],
    )


def _facts(block: SectionBlock, section: SectionView, place: int, level: int) -> dict[str, Any]:
    facts: dict[str, Any] = {"problems": _problems_json(block.problems)}
    if level:
        return facts
    return facts | {
        "place": place,
        "name": section.name,
        "slug": section.slug,
        "articles": [
            [each.title, each.summary, *([True] if each.was_alerted else [])]
            for each in section.articles
        ],
    }


def _row(
    edition: EditionDetails,
    level: int,
    bit: int,
    part: MessageFrame | SectionBlock,
    facts: dict[str, Any],
) -> dict[str, Any]:
    return {
        "edition_id": edition.id,
        "revision": edition.revision,
        "level": level,
        "bit": bit,
        "html": part.html,
        "text": part.text,
        "facts": facts,
    }


def _section(row: StoredPart) -> SectionView:
    return SectionView(
        name=row.facts["name"],
        slug=row.facts["slug"],
        bit=row.bit,
        articles=tuple(
            ArticleView(title=title, url=None, summary=summary, was_alerted=any(was_alerted))
            for title, summary, *was_alerted in row.facts["articles"]
        ),
    )


def _stored_problems(row: StoredPart) -> tuple[RenderingProblem, ...]:
    return tuple(
        RenderingProblem(message=_stored_message(stored), fatal=fatal)
        for stored, fatal in row.facts["problems"]
    )


def _stored_message(stored: str | dict[str, Any]) -> TranslatableMessage:
    """Return the message of a problem, which older versions stored as an English sentence."""
    return (
        untranslated(stored) if isinstance(stored, str) else TranslatableMessage.from_json(stored)
    )


def _problems_json(problems: Sequence[RenderingProblem]) -> list[list[object]]:
    return [[problem.message.to_json(), problem.fatal] for problem in problems]
