"""Ask for trial messages of an edition, and see what became of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.audience import suppress
from service.audience.address import parse_address
from service.delivery.guard import sending_guard
from service.delivery.trials import queries
from service.editions.find import get_edition
from service.jobs import outbox
from service.jobs.catalogue import SEND_TRIAL
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.kit.translatable import translatable

log = get_logger(__name__)

MOST_ADDRESSES = 10
MOST_PER_HOUR = 100
"""An account that was taken over must not be a way to write to the world."""

VALID_FOR = timedelta(minutes=15)
"""How long a trial message may wait for a worker: later, no editor looks for it."""

KEPT_FOR = timedelta(days=7)
_SHOWN = 10
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What became of a trial message; without a result it is on its way, or waits for a worker."""

    address: str
    requested_at: datetime
    result: str | None
    reply: str | None


def request_trials(
    session: Session,
    edition_id: int,
    addresses: str,
    *,
    mask: int | None,
    keyring: Keyring,
    now: datetime,
) -> int:
    """Queue a message to each address, separated by spaces or commas; return how many.

    Raises:
        NotFound: there is no such edition.
        Invalid: an address is none, or there are too many of them.
        Conflict: an address is suppressed, too many went out in the last hour, or this database
            sends nothing.
    """
    get_edition(session, edition_id)
    wanted = [each for each in dict.fromkeys(_BETWEEN.split(addresses)) if each]
    if not 0 < len(wanted) <= MOST_ADDRESSES:
        raise Invalid(translatable("edition.trial.addresses", limit=MOST_ADDRESSES))
    parsed = [parse_address(each) for each in wanted]
    sending_guard.require_sending_allowed(session)
    for each in parsed:
        if suppress.is_suppressed(session, each, keyring=keyring):
            raise Conflict(translatable("edition.trial.suppressed", address=each.text))
    if queries.count_since(session, now - timedelta(hours=1)) + len(parsed) > MOST_PER_HOUR:
        raise Conflict(translatable("edition.trial.too_many", limit=MOST_PER_HOUR))
    rows: list[dict[str, object]] = [
        {"edition_id": edition_id, "address": each.text, "mask": mask, "requested_at": now}
        for each in parsed
    ]
    for trial_id in queries.add(session, rows):
        outbox.enqueue(session, SEND_TRIAL.name, {"trial_id": trial_id}, now=now)
    log.info("trial.requested", edition=edition_id, messages=len(rows))
    return len(rows)


def list_trials(session: Session, edition_id: int) -> Sequence[TrialResult]:
    """Return the last trial messages of an edition, the newest first."""
    return [
        TrialResult(
            address=row.address, requested_at=row.requested_at, result=row.result, reply=row.reply
        )
        for row in queries.of_edition(session, edition_id, limit=_SHOWN)
    ]


def due_trials(session: Session, *, now: datetime) -> list[int]:
    """Return the trial messages whose job may have been lost."""
    return queries.unsent(session, since=now - VALID_FOR)


def purge_trials(session: Session, *, now: datetime) -> None:
    """Forget old trial messages with their addresses."""
    queries.purge(session, before=now - KEPT_FOR)
