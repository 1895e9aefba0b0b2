"""What a reader's personal page shows, and the choice of sections it can change."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from service.audience import consent, queries
from service.audience.consent import Act, Origin
from service.audience.lifecycle import State
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One reader's relation to one newsletter."""

    newsletter_id: int
    subscriber_id: int
    address: str
    state: State
    section_mask: int | None
    is_suppressed: bool


def show(session: Session, reader: ReaderToken) -> Preferences:
    """Return a reader's preferences; raise NotFound when the person was erased."""
    subscriber = queries.subscriber_by_id(session, reader.subscriber_id)
    subscription = _subscription(session, reader, lock=False)
    if subscriber is None or subscriber.address is None or subscription is None:
        raise _gone()
    return Preferences(
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscriber.id,
        address=subscriber.address,
        state=State(subscription.state),
        section_mask=subscription.section_mask,
        is_suppressed=queries.is_subscriber_suppressed(session, subscriber.id),
    )


def choose(
    session: Session,
    reader: ReaderToken,
    *,
    section_mask: int | None,
    now: datetime,
    origin: Origin,
) -> None:
    """Write a reader's choice of sections; who chooses none must unsubscribe instead.

    Raises:
        NotFound: the reader was erased.
        Conflict: the subscription is not active, or nothing was chosen.
    """
    subscription = _subscription(session, reader, lock=True)
    if subscription is None:
        raise _gone()
    if subscription.state != State.ACTIVE:
        raise Conflict("This subscription is not active: sign up again first.")
    if section_mask == 0:
        raise Conflict("Choose at least one section, or unsubscribe.")
    if subscription.section_mask == section_mask:
        return
    subscription.section_mask = section_mask
    facts = {**origin.facts, "section_mask": section_mask}
    consent.record(
        session,
        subscription.id,
        Act.CHANGED,
        now=now,
        origin=Origin(text_version=origin.text_version, address=origin.address, facts=facts),
    )
    log.info(
        "preferences.changed",
        newsletter=subscription.newsletter_id,
        subscriber=subscription.subscriber_id,
    )


def _subscription(session: Session, reader: ReaderToken, *, lock: bool) -> Subscription | None:
    return queries.subscription(
        session,
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        lock=lock,
    )


def _gone() -> NotFound:
    return NotFound("There is no such subscription any more.")
