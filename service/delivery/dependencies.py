"""Who sends, with what, and how patiently: the parts that one send is given."""

from dataclasses import dataclass, field
from datetime import timedelta

from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.progress.thresholds import Thresholds
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_pool import RelayPool
from service.delivery.smtp.retry import UncertainPolicy
from service.delivery.throttling.throttle import Throttle
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDependencies:
    """The parts and limits of a send."""

    begin: Begin
    clock: Clock
    keyring: Keyring
    relay_pool: RelayPool[Relay]
    mail_identity: MailIdentity
    # None means no limits.
    throttle: Throttle | None = None
    connections: int = 8
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)
    lease_for: timedelta = timedelta(minutes=2)
    when_uncertain: UncertainPolicy = UncertainPolicy.RETRY
    thresholds: Thresholds = field(default_factory=Thresholds)
    # After this a run ends, so that another edition may have its place.
    run_for: timedelta = timedelta(seconds=30)
    # How long messages in flight may go on once the process is asked to end; supervisors kill it
    # after a minute.
    drain_for: timedelta = timedelta(seconds=15)
