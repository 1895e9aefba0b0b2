"""A leased batch and its deliveries as the run that holds the lease sees them."""

from dataclasses import dataclass, field
from datetime import datetime

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused


@dataclass(slots=True, kw_only=True, eq=False)
class HeldLease:
    """One lease. Only the event loop changes it.

    `valid_until` is the `monotonic` time until which the lease surely holds; renewals move it.
    """

    batch: LeasedBatch
    valid_until: float
    # The last subscriber who was rechecked.
    after: int = 0
    # Whether every reader in it has been rechecked.
    is_exhausted: bool = False
    # Whether some of its readers are being rechecked now.
    is_being_rechecked: bool = False
    is_lost: bool = False
    # How many queued deliveries have no outcome yet that is being written.
    open: int = 0
    # Subscribers to be rechecked once more, because their turn came too late after the last time.
    stale: list[int] = field(default_factory=list)
    # When its remaining deliveries are due again after it is released.
    due_at: datetime | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether nothing in it is left to queue or to write."""
        return (
            self.is_exhausted and not self.is_being_rechecked and not self.open and not self.stale
        )


@dataclass(slots=True, eq=False)
class QueuedDelivery:
    """A rechecked delivery on its way to a connection, and the `monotonic` time of the recheck."""

    claimed: ClaimedDelivery
    lease: HeldLease
    rechecked_at: float
    # The mailbox provider, where it limits how many messages are in flight.
    provider: str = ""
    # Its message, once composed, or why there is none.
    message: OutgoingMessage | MessageRefused | MessageDeferred | None = None

    def is_fresh(self, now: float, *, valid_for: float) -> bool:
        """Return whether its message may begin; `now` in `monotonic` seconds."""
        return now - self.rechecked_at <= valid_for and now < self.lease.valid_until
