"""What a reader's personal page shows, and what it can change: sections, and where they live."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from service.audience import consent, queries
from service.audience.address_masking import mask_address
from service.audience.consent import ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.log import get_logger

log = get_logger(__name__)

_NOWHERE = frozenset({"Factory", "localtime"})
"""Names that some machines know as zones: each machine means its own place by them, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPreferences:
    """One reader's relation to one newsletter."""

    newsletter_id: int
    subscriber_id: int
    # For a page that whoever holds the link can see: a…@e….org.
    masked_address: str
    state: SubscriptionState
    section_mask: int | None
    is_suppressed: bool
    # An IANA name; None means that each newsletter's own zone will do.
    time_zone: str | None
    # Whether a newsletter of theirs is sent at its readers' own time.
    is_asked_for_zone: bool


def get_preferences(session: Session, reader: ReaderToken) -> ReaderPreferences:
    """Return a reader's preferences; raise NotFound when the person was erased."""
    subscriber = queries.subscriber_by_id(session, reader.subscriber_id)
    subscription = _subscription(session, reader, lock=False)
    if subscriber is None or subscriber.address is None or subscription is None:
        raise _gone()
    return ReaderPreferences(
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscriber.id,
        masked_address=mask_address(subscriber.address),
        state=SubscriptionState(subscription.state),
        section_mask=subscription.section_mask,
        is_suppressed=queries.is_subscriber_suppressed(session, subscriber.id),
        time_zone=subscriber.time_zone,
        is_asked_for_zone=queries.has_newsletter_at_own_time(session, subscriber.id),
    )


def choose_sections(
    session: Session,
    reader: ReaderToken,
    *,
    section_mask: int | None,
    now: datetime,
    origin: ConsentOrigin,
) -> None:
    """Write a reader's choice of sections; who chooses none must unsubscribe instead.

    Raises:
        NotFound: the reader was erased.
        Conflict: the subscription is not active, or nothing was chosen.
    """
    subscription = _subscription(session, reader, lock=True)
    if subscription is None:
        raise _gone()
    if subscription.state != SubscriptionState.ACTIVE:
        raise Conflict("This subscription is not active: sign up again first.")
    if section_mask == 0:
        raise Conflict("Choose at least one section, or unsubscribe.")
    if subscription.section_mask == section_mask:
        return
    subscription.section_mask = section_mask
    facts = {"section_mask": section_mask}
    consent.record(
        session, subscription.id, ConsentAction.CHANGED, now=now, origin=origin, facts=facts
    )
    log.info(
        "preferences.changed",
        newsletter=subscription.newsletter_id,
        subscriber=subscription.subscriber_id,
    )


def set_time_zone(session: Session, subscriber_id: int, time_zone: str | None) -> None:
    """Write where a reader lives, an IANA name; None means the newsletters' own zones.

    Raises:
        Invalid: there is no such zone.
        NotFound: the reader was erased.
    """
    if time_zone is not None and not is_zone(time_zone):
        raise Invalid("There is no such time zone: write an IANA name such as Africa/Abidjan.")
    subscriber = queries.subscriber_by_id(session, subscriber_id)
    if subscriber is None or subscriber.address is None:
        raise _gone()
    if subscriber.time_zone != time_zone:
        subscriber.time_zone = time_zone
        log.info("preferences.time_zone_changed", subscriber=subscriber_id)


def is_zone(name: str) -> bool:
    """Tell whether this is the name of a time zone."""
    return name in available_timezones() and name not in _NOWHERE


def _subscription(session: Session, reader: ReaderToken, *, lock: bool) -> Subscription | None:
    return queries.subscription(
        session,
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        lock=lock,
    )


def _gone() -> NotFound:
    return NotFound("There is no such subscription any more.")
