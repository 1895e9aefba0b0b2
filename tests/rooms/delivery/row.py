"""Messages one behind the other, as `SmtpConnection.send_message` gets them."""

from service.delivery.smtp.connection import SmtpConnection
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import TransactionResult, parse_acceptance


class Row:
    """Keeps what became of each, in their order.

    Unless it `races`, every message is handed over on its own, its commands having left before.
    """

    def __init__(self, *messages: OutgoingMessage, races: bool = True) -> None:
        self.waiting = list(messages)
        self.results: list[TransactionResult] = []
        # How often a message was handed over, and how often one went out behind another.
        self.calls = self.raced = 0
        self._races = races

    def begin(self) -> OutgoingMessage | None:
        return self.waiting[0] if self.waiting else None

    def may_advance(self) -> bool:
        return self._races

    def advance(self, taken: bytes) -> None:
        self.raced += 1
        self.waiting.pop(0)
        self.results.append(parse_acceptance(taken))

    def prefetch(self) -> None:
        pass

    async def go_over(self, line: SmtpConnection) -> None:
        while self.waiting and line.usable:
            self.calls += 1
            self.results.append(await line.send_message(self.waiting.pop(0), pipeline=self))
