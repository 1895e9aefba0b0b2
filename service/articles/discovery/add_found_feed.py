"""Add the feed that discovery has chosen at a site's address to a newsletter."""

from datetime import datetime, timedelta

from service.articles import queries
from service.articles.discovery.discover import UnexpectedStatus
from service.articles.discovery.feed_candidate import SiteOffer
from service.articles.feeds import poll
from service.kit.db import Session
from service.kit.errors import OperationRefused


def add_found_feed(  # noqa: PLR0913  The columns of a feed are named by its caller.
    session: Session,
    offer: SiteOffer,
    *,
    newsletter_id: int,
    now: datetime,
    section_key: str | None = None,
    every: timedelta = poll.DEFAULT_INTERVAL,
    full_text: bool = False,
) -> int:
    """Add the chosen feed, due immediately; return the feed's id.

    An address that could not be read is added as it is: it is read later, after the site's
    Retry-After or after the back-off.

    Raises:
        OperationRefused: there is no choice; the message says why and what to do.
        Conflict: the newsletter polls the feed already.
    """
    if offer.problem is not None:
        raise OperationRefused(offer.problem)
    feed_id = poll.add_feed(
        session,
        offer.choice.url if offer.choice else offer.url,
        newsletter_id=newsletter_id,
        section_key=section_key,
        every=every,
        full_text=full_text,
        now=now,
    )
    if offer.choice is not None:
        queries.update_feed(session, feed_id, title=offer.choice.title)
    if isinstance(offer.unread, UnexpectedStatus):
        poll.record_unread(session, feed_id, offer.unread.answer, now=now)
    elif offer.unread is not None:
        poll.record_unread(session, feed_id, offer.unread, now=now)
    return feed_id
