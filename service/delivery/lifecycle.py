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

from service.kit.lifecycle import Lifecycle


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    LEASED = "leased"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.LEASED, DeliveryState.EXPIRED}),
    # What waits for its next attempt is gathered into a batch that is leased at once.
    DeliveryState.DEFERRED: frozenset({DeliveryState.LEASED, DeliveryState.EXPIRED}),
    DeliveryState.LEASED: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.DEFERRED,
            DeliveryState.REFUSED,
            DeliveryState.UNCERTAIN,
            DeliveryState.SUPPRESSED,
            DeliveryState.EXPIRED,
            # The lease was given back, or ran out: the next worker takes it.
            DeliveryState.PENDING,
        }
    ),
    # Once, if the policy says so: a double is better than no mail.
    DeliveryState.UNCERTAIN: frozenset({DeliveryState.LEASED}),
    # The mail came back, and an operator says that it was the sender's fault.
    DeliveryState.ACCEPTED: frozenset({DeliveryState.REFUSED}),
    # An operator sends it again: it was the sender's or the relay's fault.
    DeliveryState.REFUSED: frozenset({DeliveryState.DEFERRED}),
    DeliveryState.SUPPRESSED: frozenset(),
    DeliveryState.EXPIRED: frozenset(),
}

OPEN = frozenset({DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.DEFERRED})
"""States that the ledger counts as pending."""

FINAL = frozenset(DeliveryState) - OPEN
"""States in which a delivery may rest for ever."""

DELIVERY = Lifecycle(thing="delivery", transitions=TRANSITIONS, final=FINAL)
"""Checks changes of state; not every verb goes through it yet."""
