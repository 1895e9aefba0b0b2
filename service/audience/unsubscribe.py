"""End a subscription: by the page, one-click, a complaint, an operator or erasure."""

from datetime import datetime, timedelta
from enum import StrEnum

from service.audience import consent, queries
from service.audience.consent import UNKNOWN_ORIGIN, ConsentAction, ConsentOrigin
from service.audience.lifecycle import SubscriptionState
from service.audience.pending_notice import PendingNotice
from service.audience.reader_token import ReaderToken
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)

GOODBYE_VALID_FOR = timedelta(days=1)


class EndedBy(StrEnum):
    """Who or what ended a subscription."""

    PAGE = "page"
    ONE_CLICK = "one-click"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
    ERASURE = "erasure"


def end_subscription(
    session: Session,
    reader: ReaderToken,
    *,
    by: EndedBy,
    now: datetime,
    origin: ConsentOrigin = UNKNOWN_ORIGIN,
) -> PendingNotice | None:
    """End a subscription; nothing happens if it has ended already or does not exist.

    A goodbye message is due only after an unsubscription by the page: one-click (RFC 8058) and a
    complaint mean that no further message is wanted.
    """
    subscription = queries.subscription(
        session,
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        lock=True,
    )
    if subscription is None or subscription.state == SubscriptionState.ENDED:
        return None
    was_active = subscription.state == SubscriptionState.ACTIVE
    subscription.state = SubscriptionState.ENDED
    subscription.ended_at = now
    subscription.ended_by = by
    facts = {"by": by, "edition": reader.edition_id}
    consent.record(
        session, subscription.id, ConsentAction.ENDED, now=now, origin=origin, facts=facts
    )
    log.info(
        "reader.unsubscribed",
        newsletter=reader.newsletter_id,
        subscriber=reader.subscriber_id,
        by=by.value,
    )
    if not was_active or by is not EndedBy.PAGE:
        return None
    return PendingNotice(
        kind="goodbye",
        newsletter_id=reader.newsletter_id,
        subscriber_id=reader.subscriber_id,
        facts={},
        valid_for=GOODBYE_VALID_FOR,
    )
