"""A correction: a letter to the readers who got an older revision of an edition.

It is an edition with a ledger of its own. It is about every edition of the newsletter in which the
same articles were changed, so that a reader who got one of them twice gets one letter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.editions import correction_queries as queries
from service.editions import curation_queries
from service.editions.find import get_edition
from service.editions.frozen import FrozenText
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.new_edition import add_draft
from service.editions.read_models import EditionDetails, edition_details
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.schedule import slot_of

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedHeadline:
    """An article that a revision changed: its headline until then, and now.

    The headline is the same if only the summary was corrected.
    """

    article_id: int
    old_title: str
    title: str
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedEdition:
    """An edition that a correction is about; readers of an older revision than `number` get it."""

    edition: EditionDetails
    number: int

    def as_dict(self) -> dict[str, object]:
        """Return what commands and the API show."""
        return {"edition": self.edition.id, "revision": self.number}


WriteText = Callable[[EditionDetails, Sequence[RevisedHeadline]], FrozenText]
"""Writes the proposed text of a correction, in the newsletter's language."""


def begin_correction(
    session: Session,
    edition_id: int,
    write: WriteText,
    *,
    now: datetime,
    number: int | None = None,
) -> int:
    """Make the draft of a correction of a revision, by default the latest; return its id.

    One that was begun and not sent is continued. `write` proposes its text.

    Raises:
        NotFound: there is no such edition.
        Conflict: the edition was never revised, or which articles were corrected was not kept.
        Invalid: it has no such revision.
    """
    edition = get_edition(session, edition_id)
    number = edition.revision if number is None else number
    if edition.revision == 1:
        raise Conflict(translatable("edition.correction.no_revision", edition=str(edition_id)))
    if not 1 < number <= edition.revision:
        raise Invalid(
            translatable(
                "edition.correction.unknown_revision", edition=str(edition_id), number=number
            )
        )
    for begun in queries.corrections_of(session, edition_id, number):
        if begun.state is EditionState.DRAFT:
            return begun.id
    changed = [
        RevisedHeadline(
            article_id=article.id,
            old_title=revised.title,
            title=article.title,
            is_withdrawn=article.withdrawn_at is not None,
        )
        for revised, article in queries.articles_changed_in(session, edition_id, number)
    ]
    if not changed:
        raise Conflict(translatable("edition.correction.not_kept", edition=str(edition_id)))
    return _create(session, edition, changed, write(edition, changed), now=now)


def _create(
    session: Session,
    edition: EditionDetails,
    changed: Sequence[RevisedHeadline],
    written: FrozenText,
    *,
    now: datetime,
) -> int:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    correction_id = add_draft(
        session,
        newsletter.id,
        slot_of(now, load_zone(newsletter.time_zone)),
        frequency=None,
        origin="hand",
        now=now,
        kind=EditionKind.CORRECTION,
        held_at=now,
    )
    if correction_id is None:
        raise Conflict(translatable("edition.conflict.started_twice"))
    ids = [each.article_id for each in changed]
    revisions = queries.revisions_of_articles(session, newsletter.id, ids)
    queries.put_corrected(session, correction_id, revisions)
    texts: dict[str, str | None] = {
        "subject": written.subject,
        "introduction": written.introduction,
    }
    curation_queries.put_text(session, correction_id, texts)
    log.info("edition.correction_begun", edition=edition.id, correction=correction_id)
    return correction_id


def corrected_editions(session: Session, correction_id: int) -> list[CorrectedEdition]:
    """Return the editions that a correction is about; none of what is no correction."""
    return [
        CorrectedEdition(edition=edition_details(edition), number=number)
        for edition, number in queries.corrected_by(session, correction_id)
    ]


def list_corrections(session: Session, edition_id: int) -> list[EditionDetails]:
    """Return the corrections of an edition, oldest first, without cancelled ones."""
    return [edition_details(each) for each in queries.corrections_of(session, edition_id)]
