"""What an edition will look like, or does: for the console and `crieur edition preview`.

Nothing is stored. Before the freeze the newsletter's and the articles' words of this moment are
shown; afterwards the frozen ones. A preview's personal links carry a token that opens nothing.
"""

from service.audience.address import parse_address
from service.editions import desk
from service.editions.snapshot import snapshot
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import NotFound, OperationRefused
from service.newsletters import catalogue
from service.rendering import queries
from service.rendering.fit import Fitted, render_to_fit
from service.rendering.gather import gather_digest
from service.rendering.letterhead import letterhead_of
from service.rendering.placeholder import LENGTH
from service.rendering.render_edition import load_view, personalise
from service.rendering.views import DigestView

PREVIEW_TOKEN = "preview".ljust(LENGTH, "a")


def preview_edition(
    session: Session, edition_id: int, *, public_url: str, mask: int | None = None
) -> Fitted:
    """Render an edition for an operator's eyes, for all sections or those of a reader's mask.

    Raises Refused when there is nothing in it to show.
    """
    edition = desk.get(session, edition_id)
    frozen = bool(edition.frozen)
    whole = (load_view if frozen else _current_view)(session, edition, public_url=public_url)
    view = whole if mask is None else whole.masked(mask)
    if not view.articles:
        raise OperationRefused(f"Edition {edition_id} has no articles to show: build it first.")
    return render_to_fit(personalise(view, PREVIEW_TOKEN, public_url=public_url))


def mask_of_reader(session: Session, edition_id: int, address: str) -> int:
    """Return which of an edition's sections a subscriber has chosen; raise NotFound."""
    edition = desk.get(session, edition_id)
    mask = queries.reader_mask(
        session, newsletter_id=edition.newsletter_id, address_key=parse_address(address).key
    )
    if mask is None:
        raise NotFound("This address does not subscribe to the edition's newsletter.")
    return mask & edition.section_mask


def _current_view(session: Session, edition: Edition, *, public_url: str) -> DigestView:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    # What was withdrawn since the selection is left out at the freeze.
    articles = [
        snapshot(article, section)
        for _, article, section in desk.articles_of(session, edition.id)
        if article.withdrawn_at is None
    ]
    return gather_digest(
        letterhead_of(newsletter, public_url=public_url),
        articles,
        edition_date=edition.slot_date,
        time_zone=newsletter.time_zone,
        web_url=f"{public_url}/e/{edition.key}",
    )
