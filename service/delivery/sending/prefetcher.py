"""Composes messages before their turn, many together, while nothing waits for them.

Composing many in a row costs a third of composing each one between two messages of 40 KB, which
evict everything from the processor's caches.
"""

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.reasons import DeliveryReason
from service.delivery.sending.batch_feeder import Composer
from service.delivery.sending.held_lease import QueuedDelivery
from service.delivery.sending.ready_queue import ReadyQueue
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.kit.log import get_logger

log = get_logger(__name__)

PREFETCH_COUNT = 32
"""Maximum number of messages composed together."""

MAX_FAILURES = 3
"""Messages in a row that cannot be composed, after which it is the edition and not the reader."""


class MessagePrefetcher:
    """Composes messages for the next deliveries of a ready queue."""

    def __init__(self, ready: ReadyQueue, composer: Composer) -> None:
        self._ready = ready
        self._composer = composer
        self._failures = 0
        self._error: Exception | None = None
        self._has_composed = False
        # Set once failures concern more than a single reader: nothing more may begin.
        self.failure: Exception | None = None

    def message_for(
        self, queued: QueuedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Return a delivery's message, which is nearly always composed already."""
        if queued.message is None:
            queued.message = self._compose(queued.claimed)
        return queued.message

    def prefetch(self) -> None:
        """Compose the messages of the next deliveries, unless the next one's is composed."""
        for queued in self._ready.peek(PREFETCH_COUNT):
            if queued.message is not None or self.failure is not None:
                return
            queued.message = self._compose(queued.claimed)

    def _compose(
        self, claimed: ClaimedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Defer a single delivery whose message cannot be composed; the others continue."""
        try:
            message = self._composer.compose(claimed)
        except Exception as error:
            self._failures += 1
            self._error = error
            if self._failures >= MAX_FAILURES:
                # Not raised: the message before may be in flight, and its answer is still to come.
                self.failure = self.failure or error
            log.exception("delivery.copy_failed", subscriber=claimed.subscriber_id)
            return MessageDeferred(reason=DeliveryReason.UNWRITABLE, reply=type(error).__name__)
        self._failures, self._has_composed = 0, True
        return message

    def raise_failure(self) -> None:
        """Raise the error that kept many messages, or every single one, from being composed."""
        if self.failure is not None:
            raise self.failure
        if self._error is not None and not self._has_composed:
            raise self._error
