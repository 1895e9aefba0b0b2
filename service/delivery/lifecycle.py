"""Pure: the states of a delivery and the arrows between them.

A delivery starts `pending`. A worker's lease makes it `leased`; the relay's answer to the final
dot makes it `accepted`, `deferred` (4xx or a lost connection: tried again at `next_at`) or
`refused` (5xx). `uncertain` means the connection died between the final dot and the answer
(RFC 1047): nobody can know. `suppressed` is found when the lease is taken: the reader has left,
bounced or been erased since the freeze. `expired` is news that became too old to send.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


ARROWS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.LEASED, State.SUPPRESSED, State.EXPIRED}),
    State.DEFERRED: frozenset({State.LEASED, State.SUPPRESSED, State.EXPIRED}),
    State.LEASED: frozenset(
        {
            State.ACCEPTED,
            State.DEFERRED,
            State.REFUSED,
            State.UNCERTAIN,
            # The lease ran out: another worker takes the row, or finds the reader gone.
            State.LEASED,
            State.SUPPRESSED,
            State.EXPIRED,
        }
    ),
    State.ACCEPTED: frozenset(),
    State.REFUSED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.EXPIRED: frozenset(),
    State.UNCERTAIN: frozenset(),
}

OPEN = frozenset({State.PENDING, State.LEASED, State.DEFERRED})
"""States that the ledger counts as pending."""

FINAL = frozenset(State) - OPEN
"""States that no arrow leaves."""


def may_become(before: State, after: State) -> bool:
    """Tell whether the arrow exists."""
    return after in ARROWS[before]
