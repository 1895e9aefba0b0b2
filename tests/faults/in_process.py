"""Sends an edition in the test's own process, with a clock that the test moves and little patience.

For faults that take hours, and for relays whose silence would otherwise last ten minutes.
"""

from dataclasses import dataclass, field, replace

from service.boot import send_dependencies
from service.delivery.composer import MessageComposer
from service.delivery.dependencies import SendDependencies
from service.delivery.sending.run import send_once
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_pool import RelayPool
from service.delivery.smtp.retry import UncertainPolicy
from service.editions import control
from tests.conftest import FakeClock
from tests.faults.stack import Issue, Stack

# Little, and more than a machine that stands still for a moment takes from an honest relay: a mail
# whose answer is given up comes twice.
PATIENT = SmtpTimeouts(connect=5, command=3, data=3, block=3, dot=3)
STEP_SECONDS = 100
MOST_STEPS = 60


@dataclass
class Hour:
    """An hour and more, in seconds: what the scheduler and one worker do in it."""

    stack: Stack
    issue: Issue
    # Where the mails go, if not straight to the stack's relay.
    relay_url: str = ""
    when_uncertain: UncertainPolicy = UncertainPolicy.RETRY
    clock: FakeClock = field(init=False)
    relay_pool: RelayPool[Relay] = field(init=False)
    # Why the edition was paused, each time that it paused itself.
    pauses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FakeClock(now=self.stack.runtime.clock())
        relay = Relay.parse(self.relay_url or self.stack.sink.url)
        self.relay_pool = RelayPool([relay], clock=self._seconds)

    def send(self) -> None:
        """Send what is due at this moment."""
        sending = self.deps()
        with sending.begin() as session:
            composer = MessageComposer.load(
                session,
                self.issue.edition_id,
                keyring=sending.keyring,
                mail_identity=sending.mail_identity,
            )
        send_once(self.issue.edition_id, sending, composer=composer, stop=lambda: False)

    def deps(self) -> SendDependencies:
        """Return a crew with this clock, and little patience with its relay."""
        return replace(
            send_dependencies(self.stack.runtime),
            clock=self.clock,
            relay_pool=self.relay_pool,
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
                self._resume(str(books.note or ""))
            else:
                self.clock.advance(seconds=STEP_SECONDS)
        raise AssertionError(f"not finished: {self.stack.books(self.issue)}")

    def _seconds(self) -> float:
        return self.clock.now.timestamp()

    def _resume(self, note: str) -> None:
        self.pauses.append(note)
        with self.stack.runtime.begin() as session:
            control.resume(session, self.issue.edition_id, now=self.clock.now)
