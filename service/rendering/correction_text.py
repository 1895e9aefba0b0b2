"""The proposed text of a correction: it names what was withdrawn or corrected."""

from collections.abc import Sequence
from datetime import datetime

from service.editions import corrections
from service.editions.corrections import RevisedHeadline
from service.editions.frozen import FrozenNewsletter, FrozenText
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.kit.translations import Translator
from service.rendering.locale_format import format_long_date, shorten
from service.rendering.message_wording import load_wording
from service.rendering.views import SUBJECT_LENGTH


def begin_correction(
    session: Session, edition_id: int, *, now: datetime, number: int | None = None
) -> int:
    """Make the draft of a correction with a proposed text, or find it; return its id.

    It is of the revision `number` of an edition, by default the latest. Raises what
    `editions.corrections.begin_correction` does.
    """
    return corrections.begin_correction(session, edition_id, propose_text, number=number, now=now)


def propose_text(edition: EditionDetails, changed: Sequence[RevisedHeadline]) -> FrozenText:
    """Return a subject, and a paragraph for each article, in the newsletter's language."""
    newsletter = FrozenNewsletter.from_json(edition.frozen)
    translate = load_wording().translator(newsletter.locale)
    day = format_long_date(edition.slot_date, newsletter.locale)
    paragraphs = [_paragraph(translate, each, newsletter.name, day) for each in changed]
    subject = translate("correction.subject", title=changed[0].old_title)
    return FrozenText(
        subject=shorten(subject, SUBJECT_LENGTH),
        introduction="\n\n".join([*paragraphs, translate("correction.apology")]),
    )


def _paragraph(translate: Translator, changed: RevisedHeadline, newsletter: str, day: str) -> str:
    if changed.is_withdrawn:
        return translate(
            "correction.withdrawn", newsletter=newsletter, day=day, title=changed.old_title
        )
    if changed.title == changed.old_title:
        return translate("correction.revised", newsletter=newsletter, day=day, title=changed.title)
    return translate(
        "correction.corrected",
        newsletter=newsletter,
        day=day,
        old=changed.old_title,
        title=changed.title,
    )
