"""Pure: the states of a delivery and the arrows between them.

A delivery starts `pending`. It is `leased` while a worker holds its batch; this stands in the
batch's row, not in its own, which is written once. The relay's answer to the final dot makes it
`accepted`, `deferred` (4xx or a lost connection: tried again at `next_at`) or `refused` (5xx).
`uncertain` means the connection died between the final dot and the answer (RFC 1047): nobody can
know; it is tried once more if the policy says so. `suppressed` is found at the last look before
the mail: the reader has left, bounced or been erased since the freeze. `expired` is news that
became too old to send.
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
    State.PENDING: frozenset({State.LEASED, State.EXPIRED}),
    # What waits for its next attempt is gathered into a batch that is leased at once.
    State.DEFERRED: frozenset({State.LEASED, State.EXPIRED}),
    State.LEASED: frozenset(
        {
            State.ACCEPTED,
            State.DEFERRED,
            State.REFUSED,
            State.UNCERTAIN,
            State.SUPPRESSED,
            State.EXPIRED,
            # The lease was given back, or ran out: the next worker takes it.
            State.PENDING,
        }
    ),
    # Once, if the policy says so: a double is better than no mail.
    State.UNCERTAIN: frozenset({State.LEASED}),
    # The mail came back, and an operator says that it was the sender's fault.
    State.ACCEPTED: frozenset({State.REFUSED}),
    # An operator sends it again: it was the sender's or the relay's fault.
    State.REFUSED: frozenset({State.DEFERRED}),
    State.SUPPRESSED: frozenset(),
    State.EXPIRED: frozenset(),
}

OPEN = frozenset({State.PENDING, State.LEASED, State.DEFERRED})
"""States that the ledger counts as pending."""

FINAL = frozenset(State) - OPEN
"""States in which a delivery may rest for ever."""


def may_become(before: State, after: State) -> bool:
    """Tell whether the arrow exists."""
    return after in ARROWS[before]
