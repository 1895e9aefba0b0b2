"""Letters one behind the other, as `Line.hand_over` is told of them."""

from service.delivery.line import Line
from service.delivery.reply import Result, plain_acceptance
from service.delivery.sealed import Sealed


class Row:
    """Keeps what became of each, in their order.

    Unless it `races`, every letter is handed over on its own, its commands having left before.
    """

    def __init__(self, *letters: Sealed, races: bool = True) -> None:
        self.waiting = list(letters)
        self.results: list[Result] = []
        # How often a letter was handed over, and how often one went out behind another.
        self.calls = self.raced = 0
        self._races = races

    def begin(self) -> Sealed | None:
        return self.waiting[0] if self.waiting else None

    def may_go_on(self) -> bool:
        return self._races

    def go_on(self, taken: bytes) -> None:
        self.raced += 1
        self.waiting.pop(0)
        self.results.append(plain_acceptance(taken))

    def prepare(self) -> None:
        pass

    async def go_over(self, line: Line) -> None:
        while self.waiting and line.usable:
            self.calls += 1
            self.results.append(await line.hand_over(self.waiting.pop(0), following=self))
