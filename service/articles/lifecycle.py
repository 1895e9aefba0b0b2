"""Pure: the states of a hub subscription and the transitions between them.

`requested` waits for the hub to verify that we asked for it. While it is `active`, the hub sends
what is new, until its lease ends. `denied` is asked for again after a day. `leaving` waits for the
hub to verify that we want no more; `ended` receives nothing until its feed is resumed.
"""

from enum import StrEnum

from service.kit.lifecycle import Lifecycle


class HubSubscriptionState(StrEnum):
    """The state of a hub subscription."""

    REQUESTED = "requested"
    ACTIVE = "active"
    DENIED = "denied"
    LEAVING = "leaving"
    ENDED = "ended"


TRANSITIONS: dict[HubSubscriptionState, frozenset[HubSubscriptionState]] = {
    HubSubscriptionState.REQUESTED: frozenset(
        {
            HubSubscriptionState.ACTIVE,
            HubSubscriptionState.DENIED,
            HubSubscriptionState.LEAVING,
        }
    ),
    HubSubscriptionState.ACTIVE: frozenset(
        {
            HubSubscriptionState.REQUESTED,
            HubSubscriptionState.DENIED,
            HubSubscriptionState.LEAVING,
        }
    ),
    HubSubscriptionState.DENIED: frozenset(
        {HubSubscriptionState.REQUESTED, HubSubscriptionState.ENDED}
    ),
    HubSubscriptionState.LEAVING: frozenset(
        {HubSubscriptionState.REQUESTED, HubSubscriptionState.ENDED}
    ),
    HubSubscriptionState.ENDED: frozenset({HubSubscriptionState.REQUESTED}),
}

HUB_SUBSCRIPTION = Lifecycle(thing="hub_subscription", transitions=TRANSITIONS)
