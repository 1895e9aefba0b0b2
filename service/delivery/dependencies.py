"""Who sends, with what, and how patiently: the parts that one send is given."""

from dataclasses import dataclass, field
from datetime import timedelta

from service.delivery.door import Timeouts
from service.delivery.fleet import Fleet
from service.delivery.pace import Pacer
from service.delivery.post import Post
from service.delivery.progress.thresholds import Thresholds
from service.delivery.retry import WhenUncertain
from service.delivery.smtp import Relay
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDependencies:
    """The parts and limits of a send."""

    begin: Begin
    clock: Clock
    keyring: Keyring
    fleet: Fleet[Relay]
    post: Post
    # None means that nobody is asked how fast to send.
    pacer: Pacer | None = None
    connections: int = 8
    timeouts: Timeouts = field(default_factory=Timeouts)
    lease_for: timedelta = timedelta(minutes=2)
    when_uncertain: WhenUncertain = WhenUncertain.RETRY
    thresholds: Thresholds = field(default_factory=Thresholds)
    # After this a run ends, so that another edition may have its place.
    run_for: timedelta = timedelta(seconds=30)
    # How long mails in flight may go on once the process is asked to end; supervisors kill it
    # after a minute.
    drain_for: timedelta = timedelta(seconds=15)
