"""Pure: the states of a subscription and the arrows between them.

`pending` waits for the answer to the confirmation mail (double opt-in). Only `active` receives
editions. `ended` may sign up again, and starts over as `pending`.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


ARROWS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.ACTIVE, State.ENDED}),
    State.ACTIVE: frozenset({State.ENDED}),
    State.ENDED: frozenset({State.PENDING}),
}


def may_become(before: State, after: State) -> bool:
    """Tell whether the arrow exists."""
    return after in ARROWS[before]
