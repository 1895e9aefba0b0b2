"""Pure: the states of an edition and the arrows between them.

`planned` is a due slot. `selected` has its articles and may still be curated. `frozen` has a
content hash and an audience snapshot; nothing changes after it. `rendered` has every variant.
`sending` has its deliveries. `finished` has none pending, until an operator sends it again to
those who were refused by no fault of theirs. `skipped` had nothing new to say; `cancelled` was
stopped by an operator; `lapsed` waited for one until its news was old.
"""

from enum import StrEnum


class State(StrEnum):
    """Where an edition stands."""

    PLANNED = "planned"
    SELECTED = "selected"
    FROZEN = "frozen"
    RENDERED = "rendered"
    SENDING = "sending"
    FINISHED = "finished"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


ARROWS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.SELECTED, State.SKIPPED, State.CANCELLED, State.LAPSED}),
    # Curation may leave nothing: then the slot is skipped like one that found nothing.
    State.SELECTED: frozenset({State.FROZEN, State.SKIPPED, State.CANCELLED, State.LAPSED}),
    State.FROZEN: frozenset({State.RENDERED, State.CANCELLED}),
    State.RENDERED: frozenset({State.SENDING, State.CANCELLED}),
    State.SENDING: frozenset({State.FINISHED, State.CANCELLED}),
    # What was refused by the sender's or the relay's fault is sent again.
    State.FINISHED: frozenset({State.SENDING}),
    State.SKIPPED: frozenset(),
    State.CANCELLED: frozenset(),
    State.LAPSED: frozenset(),
}

FINAL = frozenset({State.FINISHED, State.SKIPPED, State.CANCELLED, State.LAPSED})
"""States in which an edition rests: only an operator who sends it again leads out of one."""


MOST_SETBACKS = 3
"""Failures in a row, without progress between them, after which nobody tries any more."""


def may_become(before: State, after: State) -> bool:
    """Tell whether the arrow exists."""
    return after in ARROWS[before]
