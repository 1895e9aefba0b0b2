"""What a reader can change on the preference page: sections, alerts and time zone.

How often they get the newsletter is changed by `service.delivery.enrolment.choose_frequency`, which
knows what they have had.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from service.audience import consent, queries
from service.audience.consent import ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters.frequency import Frequency

log = get_logger(__name__)

_NOWHERE = frozenset({"Factory", "localtime"})
"""Names that some machines list as time zones although they mean no place of their own."""


def choose_sections(
    session: Session,
    reader: ReaderToken,
    *,
    section_mask: int | None,
    now: datetime,
    origin: ConsentOrigin,
) -> None:
    """Store a reader's section selection; an empty one is refused: it would be an unsubscription.

    Raises:
        NotFound: the reader was erased.
        Conflict: the subscription is not active, or nothing was chosen.
    """
    subscription = _active_subscription(session, reader)
    if section_mask == 0:
        raise Conflict(translatable("subscription.no_section"))
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


def choose_alerts(
    session: Session,
    reader: ReaderToken,
    *,
    wants_alerts: bool,
    now: datetime,
    origin: ConsentOrigin,
) -> None:
    """Store whether an active reader wants alerts.

    Raises:
        NotFound: the reader was erased.
        Conflict: the subscription is not active.
    """
    subscription = _active_subscription(session, reader)
    if subscription.wants_alerts == wants_alerts:
        return
    subscription.wants_alerts = wants_alerts
    facts = {"alerts": wants_alerts}
    consent.record(
        session, subscription.id, ConsentAction.CHANGED, now=now, origin=origin, facts=facts
    )
    log.info(
        "preferences.alerts_changed",
        newsletter=subscription.newsletter_id,
        subscriber=subscription.subscriber_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChoice:
    """How a reader gets a newsletter, or will once confirmed."""

    frequency: Frequency
    wants_alerts: bool


def find_choice(session: Session, *, newsletter_id: int, subscriber_id: int) -> ReaderChoice | None:
    """Return what a reader has chosen; None if erased."""
    found = queries.subscription(session, newsletter_id=newsletter_id, subscriber_id=subscriber_id)
    if found is None:
        return None
    return ReaderChoice(frequency=found.frequency, wants_alerts=found.wants_alerts)


def set_time_zone(session: Session, subscriber_id: int, time_zone: str | None) -> None:
    """Store a reader's time zone, an IANA name; None means the time zone of each newsletter.

    Raises:
        Invalid: there is no such zone.
        NotFound: the reader was erased.
    """
    if time_zone is not None and not is_zone(time_zone):
        raise Invalid(translatable("subscription.time_zone"))
    subscriber = queries.subscriber_by_id(session, subscriber_id)
    if subscriber is None or subscriber.address is None:
        raise _gone()
    if subscriber.time_zone != time_zone:
        subscriber.time_zone = time_zone
        log.info("preferences.time_zone_changed", subscriber=subscriber_id)


def is_zone(name: str) -> bool:
    """Return whether this is the IANA name of a time zone."""
    return name in available_timezones() and name not in _NOWHERE


def _active_subscription(session: Session, reader: ReaderToken) -> Subscription:
    """Lock a reader's subscription; raise NotFound for an erased reader, Conflict unless active."""
    subscription = _subscription(session, reader, lock=True)
    if subscription is None:
        raise _gone()
    if subscription.state != SubscriptionState.ACTIVE:
        raise Conflict(translatable("subscription.not_active"))
    return subscription


def _subscription(session: Session, reader: ReaderToken, *, lock: bool) -> Subscription | None:
    return queries.subscription(
        session,
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        lock=lock,
    )


def _gone() -> NotFound:
    return NotFound("There is no such subscription any more.")
