"""What one transaction of the result writer has written: it counts once that is committed."""

from collections import Counter
from dataclasses import dataclass, field

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.lifecycle import DeliveryState
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage

log = get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class ResultGroup:
    """The outcomes of a group of results, kept apart until the transaction is committed.

    The transaction may have to be repeated: what it adds directly to a run's totals would be added
    twice.
    """

    tally: Counter[str] = field(default_factory=Counter)
    # Deliveries that another worker has claimed, and the state that was not written.
    lost: list[tuple[ClaimedDelivery, DeliveryState]] = field(default_factory=list)
    # Why only an operator can decide how to go on.
    hold_reason: TranslatableMessage | None = None
    # Why it paused the edition.
    paused_for: TranslatableMessage | None = None
    notified_at: float | None = None

    def log_lost(self, edition_id: int) -> None:
        """Log deliveries that another worker has claimed since; a message may have left twice."""
        for claimed, state in self.lost:
            log.warning(
                "delivery.lease_lost",
                edition=edition_id,
                subscriber=claimed.subscriber_id,
                state=state.value,
            )
