"""Pure: the states of a subscription and the arrows between them.

`pending` waits for the answer to the confirmation mail (double opt-in). Only `active` receives
editions. `ended` may sign up again, and starts over as `pending`.
"""

from enum import StrEnum


class SubscriptionState(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


ARROWS: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    SubscriptionState.PENDING: frozenset({SubscriptionState.ACTIVE, SubscriptionState.ENDED}),
    SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED}),
    SubscriptionState.ENDED: frozenset({SubscriptionState.PENDING}),
}


def may_become(before: SubscriptionState, after: SubscriptionState) -> bool:
    """Tell whether the arrow exists."""
    return after in ARROWS[before]
