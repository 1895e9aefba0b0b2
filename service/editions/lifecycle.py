"""Pure: the states of an edition and the arrows between them.

`planned` is a due slot. `selected` has its articles and may still be curated. `frozen` has a
content hash and an audience snapshot; nothing changes after it. `rendered` has every variant.
`sending` has its deliveries. `finished` has none pending, until an operator sends it again to
those who were refused by no fault of theirs. `skipped` had nothing new to say; `cancelled` was
stopped by an operator; `lapsed` waited for one until its news was old.
"""

from enum import StrEnum


class EditionState(StrEnum):
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


TRANSITIONS: dict[EditionState, frozenset[EditionState]] = {
    EditionState.PLANNED: frozenset(
        {EditionState.SELECTED, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
    ),
    # Curation may leave nothing: then the slot is skipped like one that found nothing.
    EditionState.SELECTED: frozenset(
        {EditionState.FROZEN, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
    ),
    EditionState.FROZEN: frozenset({EditionState.RENDERED, EditionState.CANCELLED}),
    EditionState.RENDERED: frozenset({EditionState.SENDING, EditionState.CANCELLED}),
    EditionState.SENDING: frozenset({EditionState.FINISHED, EditionState.CANCELLED}),
    # What was refused by the sender's or the relay's fault is sent again.
    EditionState.FINISHED: frozenset({EditionState.SENDING}),
    EditionState.SKIPPED: frozenset(),
    EditionState.CANCELLED: frozenset(),
    EditionState.LAPSED: frozenset(),
}

FINAL = frozenset(
    {EditionState.FINISHED, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
)
"""States in which an edition rests: only an operator who sends it again leads out of one."""


MAX_SETBACKS = 3
"""Failures in a row, without progress between them, after which nobody tries any more."""


def may_become(before: EditionState, after: EditionState) -> bool:
    """Tell whether the arrow exists."""
    return after in TRANSITIONS[before]
