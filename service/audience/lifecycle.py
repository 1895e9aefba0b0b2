"""Pure: the states of a subscription and the transitions between them.

`pending` waits for the confirmation link to be followed (double opt-in). Only `active` receives
editions. After `ended` the reader may sign up again and starts as `pending`.
"""

from enum import StrEnum


class SubscriptionState(StrEnum):
    """The state of a subscription."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


ARROWS: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    SubscriptionState.PENDING: frozenset({SubscriptionState.ACTIVE, SubscriptionState.ENDED}),
    SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED}),
    SubscriptionState.ENDED: frozenset({SubscriptionState.PENDING}),
}


def may_become(before: SubscriptionState, after: SubscriptionState) -> bool:
    """Return whether the transition exists."""
    return after in ARROWS[before]
