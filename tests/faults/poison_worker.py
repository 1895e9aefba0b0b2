"""A worker that dies of one reader: `workers.run tests.faults.poison_worker`.

Its composer is the real one; composing for subscriber FAULT_POISON_ID kills the process, as a
fault in a C library would. Every death is written down in FAULT_DEATHS first.
"""

import os
import signal
from pathlib import Path

import dramatiq

from service.boot import build_runtime, send_dependencies
from service.config import load_settings
from service.delivery.composer import MessageComposer
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.run import send_once
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.jobs.catalogue import SEND_EDITION
from service.kit.db import Session
from service.kit.log import configure_logging
from workers.concurrency import editions_underway, max_editions
from workers.process import SetDrainingFlag, draining

POISON_ID = int(os.environ["FAULT_POISON_ID"])  # noqa: TID251  Not a setting.
DEATHS = Path(os.environ["FAULT_DEATHS"])  # noqa: TID251  Not a setting.


class Deadly:
    """Composes every message but one."""

    def __init__(self, composer: MessageComposer) -> None:
        self._composer = composer

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        """Prepare as usual."""
        self._composer.prepare(session, claimed)

    def compose(
        self, claimed: ClaimedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Write as usual, or die."""
        if claimed.subscriber_id == POISON_ID:
            with DEATHS.open("a") as deaths:
                deaths.write("dead\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return self._composer.compose(claimed)


settings = load_settings()
configure_logging(as_json=settings.log_json, level=settings.log_level)
wired = build_runtime(settings)
wired.broker.add_middleware(SetDrainingFlag())
broker = wired.broker


@dramatiq.actor(
    actor_name=SEND_EDITION.name,
    queue_name=SEND_EDITION.queue,
    broker=broker,
    max_retries=0,
)
def send(*, edition_id: int) -> None:
    """Send as `workers.send_edition` does, in one place too, with the deadly writer."""
    with editions_underway.acquire(
        edition_id, limit=max_editions(settings.worker_threads)
    ) as is_free:
        if not is_free:
            return
        sending = send_dependencies(wired)
        with wired.begin() as session:
            composer = MessageComposer.load(
                session, edition_id, keyring=sending.keyring, mail_identity=sending.mail_identity
            )
        send_once(edition_id, sending, composer=Deadly(composer), stop=draining.is_set)
