"""Render a preview of an edition, for the console and `crieur edition preview`.

Nothing is stored. Before the freeze the preview shows the current newsletter and articles,
afterwards the frozen ones. Its personal links carry a token that opens nothing.
"""

from dataclasses import replace
from datetime import datetime

from service.audience.address import parse_address
from service.editions.find import get_edition
from service.editions.kind import EditionKind
from service.editions.proposal import propose
from service.editions.read_models import EditionDetails
from service.editions.snapshot import snapshot_article
from service.kit.db import Session
from service.kit.errors import NotFound, OperationRefused
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.rendering import queries
from service.rendering.branding import current_branding
from service.rendering.build_view import build_digest_view
from service.rendering.placeholder import LENGTH
from service.rendering.render_edition import load_digest_view, personalise
from service.rendering.size_budget import FittedDigest, render_within_budget
from service.rendering.views import DigestView

PREVIEW_TOKEN = "preview".ljust(LENGTH, "a")


def preview_edition(
    session: Session,
    edition_id: int,
    *,
    public_url: str,
    now: datetime,
    mask: int | None = None,
) -> FittedDigest:
    """Render an edition for an operator, with all sections or those of a reader's mask.

    A draft has what is there now.

    Raises:
        NotFound: there is no such edition.
        OperationRefused: it has no articles to show.
    """
    edition = get_edition(session, edition_id)
    if edition.frozen:
        whole = load_digest_view(session, edition, public_url=public_url)
    else:
        whole = _current_view(session, edition, public_url=public_url, now=now)
    view = whole if mask is None else whole.for_sections(mask)
    if view.is_empty:
        raise OperationRefused(translatable("edition.no_articles", edition=str(edition_id)))
    return render_within_budget(personalise(view, PREVIEW_TOKEN, public_url=public_url))


def reader_section_mask(session: Session, edition_id: int, address: str) -> int:
    """Return the mask of an edition's sections that a subscriber has chosen; raise NotFound."""
    edition = get_edition(session, edition_id)
    mask = queries.reader_mask(
        session, newsletter_id=edition.newsletter_id, address_key=parse_address(address).key
    )
    if mask is None:
        raise NotFound("This address does not subscribe to the edition's newsletter.")
    return mask & edition.section_mask if edition.section_mask else mask


def _current_view(
    session: Session, edition: EditionDetails, *, public_url: str, now: datetime
) -> DigestView:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    proposed = propose(session, edition.id, now=now)
    view = build_digest_view(
        current_branding(newsletter, public_url=public_url),
        [
            snapshot_article(
                each.article,
                each.section,
                each.curated,
                is_whole=edition.kind is EditionKind.PIECE,
            )
            for each in proposed.articles
        ],
        edition_date=edition.slot_date,
        time_zone=newsletter.time_zone,
        web_url=f"{public_url}/e/{edition.key}",
        text=proposed.text,
        is_alert=edition.kind is EditionKind.ALERT,
    )
    return replace(view, is_letter=edition.kind is EditionKind.CORRECTION)
