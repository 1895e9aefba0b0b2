"""What editors do to an edition before its freeze: choose, order, rewrite, and write around it.

Every change names the version that its editor has seen. Another one's change in between is a
conflict: nothing is overwritten silently. A change withdraws an approval, which was of something
else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.editions import choice, control, pinnable, queries, series_queries
from service.editions import curation_queries as statements
from service.editions.curated import TEXT_LENGTHS, curation_of
from service.editions.kind import EditionKind
from service.editions.lifecycle import CURATABLE, EditionState
from service.editions.locking import lock_edition
from service.editions.state_words import STATE_WORDS
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue

log = get_logger(__name__)

TITLE_LENGTH = 300
SUMMARY_LENGTH = 1_000

LONG_TITLE = translatable("edition.curate.long_title", limit=TITLE_LENGTH)
LONG_SUMMARY = translatable("edition.curate.long_summary", limit=SUMMARY_LENGTH)
TOO_LONG = {
    "subject": translatable("edition.curate.long_subject", limit=TEXT_LENGTHS["subject"]),
    "preheader": translatable("edition.curate.long_preheader", limit=TEXT_LENGTHS["preheader"]),
    "introduction": translatable(
        "edition.curate.long_introduction", limit=TEXT_LENGTHS["introduction"]
    ),
    "sign_off": translatable("edition.curate.long_sign_off", limit=TEXT_LENGTHS["sign_off"]),
    "sponsor_label": translatable(
        "edition.curate.long_sponsor_label", limit=TEXT_LENGTHS["sponsor_label"]
    ),
    "sponsor_text": translatable(
        "edition.curate.long_sponsor_text", limit=TEXT_LENGTHS["sponsor_text"]
    ),
    "sponsor_url": translatable(
        "edition.curate.long_sponsor_url", limit=TEXT_LENGTHS["sponsor_url"]
    ),
}
"""What an editor reads about a text that is longer than `TEXT_LENGTHS` allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Who changes an edition, and the version that they have seen.

    `operator_id` None is a command; `seen` None does not look at what others have done.
    """

    operator_id: int | None = None
    seen: int | None = None


class ArticleDecision(StrEnum):
    """What editors have decided about an article: the rule decides, it is in, or it is out."""

    RULE = "rule"
    PINNED = "pinned"
    DROPPED = "dropped"


class EditedMeanwhile(Conflict):
    """Another editor has changed the edition since this one has seen it."""

    def __init__(self, edition: Edition) -> None:
        """Build the sentence; `curated_by` says who, None for a command."""
        self.curated_by = edition.curated_by
        self.version = edition.curation_version
        super().__init__(translatable("edition.conflict.edited_meanwhile", edition=str(edition.id)))


def lock_version(session: Session, edition_id: int) -> int:
    """Return which version of an edition is stored, and keep others from changing it meanwhile.

    Raises:
        NotFound: there is no such edition.
    """
    return lock_edition(session, edition_id).curation_version


def drop(
    session: Session, edition_id: int, article_id: int, editor: Editor, *, now: datetime
) -> None:
    """Leave an article out."""
    _change_article(
        session, edition_id, article_id, editor, {"is_dropped": True, "is_pinned": False}, now=now
    )


def pin(
    session: Session, edition_id: int, article_id: int, editor: Editor, *, now: datetime
) -> None:
    """Keep an article in, or bring it back, whatever the limits and its age say."""
    _change_article(
        session, edition_id, article_id, editor, {"is_dropped": False, "is_pinned": True}, now=now
    )


def pin_alerted(session: Session, edition: Edition, article_ids: Sequence[int]) -> None:
    """Put articles into a locked alert that is still to come, or held.

    This is no editor's change, but an approval was of something else.
    """
    edition.curation_version += 1
    edition.approved_by = edition.approved_at = None
    for article_id in article_ids:
        statements.put_curated(session, edition.id, article_id, is_dropped=False, is_pinned=True)
    _apply(session, edition)


def restore(
    session: Session, edition_id: int, article_id: int, editor: Editor, *, now: datetime
) -> None:
    """Forget all changes to an article: the rule decides again."""
    edition = begin_change(session, edition_id, editor, now=now)
    statements.remove_curated(session, edition.id, article_id)
    _apply(session, edition)


def move_to_section(
    session: Session,
    edition_id: int,
    article_id: int,
    section_id: int,
    editor: Editor,
    *,
    now: datetime,
) -> None:
    """Show an article in another section of this edition; it is not placed there for others.

    Raises:
        Invalid: the newsletter has no such section.
    """
    _require_section(session, lock_edition(session, edition_id), section_id)
    values = {"section_id": section_id, "position": None, "is_dropped": False, "is_pinned": True}
    _change_article(session, edition_id, article_id, editor, values, now=now)


def order(
    session: Session,
    edition_id: int,
    article_ids: Sequence[int],
    editor: Editor,
    *,
    now: datetime,
) -> None:
    """Put articles of one section in this order, before any others of it.

    Raises:
        Invalid: there is no such article.
    """
    _require_no_letter(session, edition_id)
    edition = begin_change(session, edition_id, editor, now=now)
    _require_articles(session, article_ids)
    for position, article_id in enumerate(dict.fromkeys(article_ids)):
        statements.put_curated(session, edition.id, article_id, position=position)
    _apply(session, edition)


def rewrite(
    session: Session,
    edition_id: int,
    article_id: int,
    texts: Mapping[str, str | None],
    editor: Editor,
    *,
    now: datetime,
) -> None:
    """Give an article another headline or summary in the message; blank is the publisher's.

    `texts` has `title`, `summary` or both; what is not named stays as it is.

    Raises:
        Invalid: one of them is too long.
    """
    _change_article(session, edition_id, article_id, editor, _checked(texts), now=now)


def replace_article(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    edition_id: int,
    article_id: int,
    editor: Editor,
    *,
    decision: ArticleDecision,
    section_id: int | None,
    texts: Mapping[str, str | None],
    now: datetime,
) -> None:
    """Replace all that editors have changed about an article, except for its place, in one change.

    `section_id` None is the rule's section. An article that changes its section loses its place.

    Raises:
        Invalid: a text is too long, or there is no such section or article.
    """
    edition = lock_edition(session, edition_id)
    if section_id is not None:
        _require_section(session, edition, section_id)
    values = {
        "is_dropped": decision is ArticleDecision.DROPPED,
        "is_pinned": decision is ArticleDecision.PINNED,
        "section_id": section_id,
        **_checked({"title": None, "summary": None, **texts}),
    }
    before = curation_of(session, edition).get(article_id)
    if before is None or before.section_id != section_id:
        values["position"] = None
    _change_article(session, edition_id, article_id, editor, values, now=now)


def write_text(
    session: Session,
    edition_id: int,
    texts: Mapping[str, str | None],
    editor: Editor,
    *,
    now: datetime,
) -> None:
    """Write subject, preheader, introduction, sign-off or sponsor; blank is what the rule makes.

    `texts` has some of the names of `TEXT_LENGTHS`; the others stay as they are.

    Raises:
        Invalid: a text is too long, or the sponsor's address is no web address.
    """
    for name, text in texts.items():
        if text is not None and len(text) > TEXT_LENGTHS[name]:
            raise Invalid(TOO_LONG[name])
    url = texts.get("sponsor_url")
    if url and not url.strip().startswith(("https://", "http://")):
        raise Invalid(translatable("edition.curate.sponsor_url"))
    edition = begin_change(session, edition_id, editor, now=now)
    lines = {"introduction", "sign_off", "sponsor_text"}
    values = {
        name: _trimmed(text) if name in lines else _one_line(text) for name, text in texts.items()
    }
    statements.put_text(session, edition.id, values)
    _apply(session, edition)


def _change_article(
    session: Session,
    edition_id: int,
    article_id: int,
    editor: Editor,
    values: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    _require_no_letter(session, edition_id)
    edition = begin_change(session, edition_id, editor, now=now)
    _require_articles(session, [article_id])
    pinnable.check_pin(session, edition, article_id, values)
    statements.put_curated(session, edition.id, article_id, **values)
    _apply(session, edition)


def _require_no_letter(session: Session, edition_id: int) -> None:
    if lock_edition(session, edition_id).kind is EditionKind.CORRECTION:
        raise Conflict(translatable("edition.correction.no_articles", edition=str(edition_id)))


def _require_articles(session: Session, article_ids: Sequence[int]) -> None:
    known = statements.articles_by_id(session, article_ids)
    for article_id in sorted({*article_ids} - known.keys()):
        raise Invalid(translatable("edition.curate.no_such_article", article=str(article_id)))


def _require_section(session: Session, edition: Edition, section_id: int) -> None:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    if section_id not in {each.id for each in newsletter.current_sections}:
        raise Invalid(translatable("edition.curate.no_such_section"))


def _checked(texts: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return an article's texts as they are stored; raise Invalid for one that is too long."""
    for name, longest, sentence in (
        ("title", TITLE_LENGTH, LONG_TITLE),
        ("summary", SUMMARY_LENGTH, LONG_SUMMARY),
    ):
        if len(texts.get(name) or "") > longest:
            raise Invalid(sentence)
    return {name: _one_line(text) for name, text in texts.items()}


def begin_change(session: Session, edition_id: int, editor: Editor, *, now: datetime) -> Edition:
    """Lock an edition for a change and count it.

    Raises:
        Conflict: it is past its selection, or is a catch-up edition.
        EditedMeanwhile: another editor has changed it since.
    """
    edition = lock_edition(session, edition_id)
    if edition.state not in CURATABLE or edition.previous_edition_id is not None:
        raise Conflict(
            translatable(
                "edition.conflict.not_curatable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    if editor.seen is not None and editor.seen != edition.curation_version:
        raise EditedMeanwhile(edition)
    edition.curation_version += 1
    edition.curated_by, edition.curated_at = editor.operator_id, now
    edition.approved_by = edition.approved_at = None
    if edition.state is EditionState.SELECTED:
        _hold_again(session, edition, now=now)
    log.info("edition.curated", edition=edition_id, version=edition.curation_version)
    return edition


def _hold_again(session: Session, edition: Edition, *, now: datetime) -> None:
    """Hold an edition that was released for its freeze if its newsletter asks for approvals."""
    if catalogue.get_by_id(session, edition.newsletter_id).needs_approval:
        session.flush()
        control.hold(session, edition.id, now=now)


def _apply(session: Session, edition: Edition) -> None:
    """Place the articles of a selected edition again, and those of its catch-up editions."""
    queries.notify_progress(session, edition.id)
    session.flush()
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    for edition_id in (edition.id, *series_queries.catch_up_editions(session, edition)):
        each = lock_edition(session, edition_id)
        if each.state is EditionState.SELECTED:
            queries.release_articles(session, edition_id)
            found = choice.choose(session, each, newsletter)
            choice.place_articles(session, each, newsletter, found)


def _one_line(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text is not None else None


def _trimmed(text: str | None) -> str | None:
    return text.replace("\r\n", "\n").strip() or None if text is not None else None
