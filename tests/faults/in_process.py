"""Sends an edition in the test's own process, with a clock that the test moves and little patience.

For faults that take hours, and for relays whose silence would otherwise last ten minutes.
"""

from dataclasses import dataclass, field, replace

from service.boot import send_dependencies
from service.delivery.dependencies import SendDependencies
from service.delivery.door import Timeouts
from service.delivery.fleet import Fleet
from service.delivery.letters import Letters
from service.delivery.retry import WhenUncertain
from service.delivery.sending.run import send_once
from service.delivery.smtp import Relay
from service.editions import control
from tests.conftest import FakeClock
from tests.faults.stack import Issue, Stack

# Little, and more than a machine that stands still for a moment takes from an honest relay: a mail
# whose answer is given up comes twice.
PATIENT = Timeouts(connect=5, command=3, data=3, block=3, dot=3)
STEP_SECONDS = 100
MOST_STEPS = 60


@dataclass
class Hour:
    """An hour and more, in seconds: what the scheduler and one worker do in it."""

    stack: Stack
    issue: Issue
    # Where the mails go, if not straight to the stack's relay.
    relay_url: str = ""
    when_uncertain: WhenUncertain = WhenUncertain.RETRY
    clock: FakeClock = field(init=False)
    fleet: Fleet[Relay] = field(init=False)
    # Why the edition was paused, each time that it paused itself.
    pauses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FakeClock(now=self.stack.runtime.clock())
        relay = Relay.parse(self.relay_url or self.stack.sink.url)
        self.fleet = Fleet([relay], clock=self._seconds)

    def send(self) -> None:
        """Send what is due at this moment."""
        sending = self.deps()
        with sending.begin() as session:
            letters = Letters.load(
                session, self.issue.edition_id, keyring=sending.keyring, post=sending.post
            )
        send_once(self.issue.edition_id, sending, writer=letters, stop=lambda: False)

    def deps(self) -> SendDependencies:
        """Return a crew with this clock, and little patience with its relay."""
        return replace(
            send_dependencies(self.stack.runtime),
            clock=self.clock,
            fleet=self.fleet,
            timeouts=PATIENT,
            when_uncertain=self.when_uncertain,
        )

    def go_on(self) -> None:
        """Send, let time pass, send again, until the books are closed; resume what pauses."""
        for _ in range(MOST_STEPS):
            self.send()
            books = self.stack.books(self.issue)
            if books.state == "finished":
                return
            if books.paused:
                self._resume(books.note or "")
            else:
                self.clock.advance(seconds=STEP_SECONDS)
        raise AssertionError(f"not finished: {self.stack.books(self.issue)}")

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def _resume(self, note: str) -> None:
        self.pauses.append(note)
        with self.stack.runtime.begin() as session:
            control.resume(session, self.issue.edition_id, now=self.clock.now)
