"""Pure: the states of a delivery and of a notice, and the transitions between them.

A delivery starts `pending`. It is `leased` while a worker holds its batch; this stands in the
batch's row, and its own, which is written once, is still `pending`. The relay's answer to the final
dot makes it `accepted`, `deferred` (4xx or a lost connection: tried again at `next_at`) or
`refused` (5xx). `uncertain` means the connection died between the final dot and the answer (RFC
1047): it is impossible to know; it is tried once more if the policy says so. `suppressed` is found
when the reader is rechecked before the message: they have left, bounced or been erased since the
freeze. `expired` is news that became too old to send.

A notice has the same states, and its row holds its lease. Nothing leads out of a final state.
"""

from enum import StrEnum

from service.kit.lifecycle import Lifecycle


class DeliveryState(StrEnum):
    """The state of a delivery or a notice."""

    PENDING = "pending"
    LEASED = "leased"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # A cancellation expires what waits, unless a message may have left before.
    DeliveryState.PENDING: frozenset(
        {DeliveryState.LEASED, DeliveryState.EXPIRED, DeliveryState.UNCERTAIN}
    ),
    # What waits for its next attempt is gathered into a batch that is leased immediately.
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
    # Once, if the policy says so: a double is better than no message.
    DeliveryState.UNCERTAIN: frozenset({DeliveryState.LEASED}),
    # The message came back, and an operator says that it was the sender's fault.
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

DELIVERY = Lifecycle(
    thing="delivery",
    transitions=TRANSITIONS,
    final=FINAL,
    stored_as={DeliveryState.LEASED: DeliveryState.PENDING},
)

NOTICE = Lifecycle(
    thing="notice",
    transitions={
        DeliveryState.PENDING: frozenset(
            {DeliveryState.LEASED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED}
        ),
        DeliveryState.DEFERRED: frozenset(
            {DeliveryState.LEASED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED}
        ),
        DeliveryState.LEASED: frozenset(
            {
                DeliveryState.ACCEPTED,
                DeliveryState.DEFERRED,
                DeliveryState.REFUSED,
                DeliveryState.UNCERTAIN,
                DeliveryState.SUPPRESSED,
                DeliveryState.EXPIRED,
                # The lease ran out: the next worker takes it.
                DeliveryState.LEASED,
            }
        ),
        DeliveryState.ACCEPTED: frozenset(),
        DeliveryState.REFUSED: frozenset(),
        DeliveryState.UNCERTAIN: frozenset(),
        DeliveryState.SUPPRESSED: frozenset(),
        DeliveryState.EXPIRED: frozenset(),
    },
    final=FINAL,
)
"""A notice is never sent again: its reader asks for another one."""
