"""A leased batch as the run that holds it sees it: who was looked at, and whose mail is out."""

from dataclasses import dataclass, field
from datetime import datetime

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused


@dataclass(slots=True, kw_only=True, eq=False)
class HeldLease:
    """One lease. Only the event loop changes it.

    `until` is `monotonic`'s time at which the lease surely still holds; it is moved by renewals.
    """

    batch: LeasedBatch
    until: float
    # The last subscriber who was looked at.
    after: int = 0
    # Whether everybody in it has been looked at.
    is_exhausted: bool = False
    # Whether a look at some of them is under way.
    is_looked_at: bool = False
    is_lost: bool = False
    # Tickets whose end is not written yet.
    open: int = 0
    # Who has to be looked at again, because their turn came too late after the last look.
    stale: list[int] = field(default_factory=list)
    # From when on the rest is due again, when it is given back.
    due_at: datetime | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left to hand out or to write."""
        return self.is_exhausted and not self.is_looked_at and not self.open and not self.stale


@dataclass(slots=True, eq=False)
class QueuedDelivery:
    """A reader on the way to a carrier, and `monotonic`'s time of the last look at them."""

    claimed: ClaimedDelivery
    holding: HeldLease
    looked_at: float
    provider: str = ""
    # What was written for them, if it was.
    message: OutgoingMessage | MessageRefused | MessageDeferred | None = None

    def is_fresh(self, now: float, *, fresh_for: float) -> bool:
        """Tell whether the mail may begin (`monotonic`'s seconds)."""
        return now - self.looked_at <= fresh_for and now < self.holding.until
