"""Pure: the states of a subscription and the transitions between them.

`pending` waits for the confirmation link to be followed (double opt-in). Only `active` receives
editions. After `ended` the reader may sign up again and starts as `pending`; or an operator adds
them again as `active`, with the proof of a consent that was given elsewhere.
"""

from enum import StrEnum

from service.kit.lifecycle import Lifecycle


class SubscriptionState(StrEnum):
    """The state of a subscription."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


TRANSITIONS: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    SubscriptionState.PENDING: frozenset({SubscriptionState.ACTIVE, SubscriptionState.ENDED}),
    SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED}),
    SubscriptionState.ENDED: frozenset({SubscriptionState.PENDING, SubscriptionState.ACTIVE}),
}

SUBSCRIPTION = Lifecycle(thing="subscription", transitions=TRANSITIONS)
