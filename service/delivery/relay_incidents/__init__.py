"""Relay incidents: recorded by the worker that meets one, shown to operators while it is recent.

Nothing depends on them. Which relay gets the next connection is decided by each process from its
own experience (`service/delivery/smtp/relay_pool.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from service.delivery.async_transactions import AsyncTransactions
from service.delivery.relay_incidents import queries
from service.delivery.smtp.relay import RelayUnreachable
from service.kit.db import Begin, Session
from service.kit.translatable import TranslatableMessage, translatable

INCIDENT_LIFETIME = timedelta(minutes=10)
"""While there are messages, a relay that rests is tried every five minutes or sooner: an incident
that is not repeated for twice as long is over, or nothing is to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayIncident:
    """A relay (or a sender's domain that no relay is for), why it fails, and since when."""

    relay: str
    reason: TranslatableMessage
    advice: TranslatableMessage
    since: datetime
    last_at: datetime


def current_incidents(session: Session, *, now: datetime) -> Sequence[RelayIncident]:
    """Return what is wrong with relays, the newest trouble first."""
    return [
        RelayIncident(
            relay=each.relay,
            reason=each.reason,
            advice=each.advice,
            since=each.since,
            last_at=each.last_at,
        )
        for each in queries.since(session, now - INCIDENT_LIFETIME)
    ]


SETTING = "CRIEUR_SMTP_URL"


def record_missing_relay(session: Session, *, now: datetime) -> None:
    """Write down that no relay is named at all: whatever is to be sent waits until it is old."""
    why = {
        "reason": translatable("relay.none"),
        "advice": translatable("relay.advice.none"),
    }
    queries.keep(session, SETTING, why, now=now, old=now - INCIDENT_LIFETIME)


class RelayIncidents:
    """Writes down what a process learns about relays."""

    def __init__(self, begin: Begin, clock: Callable[[], datetime]) -> None:
        self._transactions = AsyncTransactions(begin)
        self._clock = clock

    async def record_failure(self, name: str, why: RelayUnreachable) -> None:
        """A relay did not let us in, or no relay is for a sender's domain."""
        await self._transactions.execute(partial(self._keep, name=name, why=why))

    async def record_recovery(self, name: str) -> None:
        """A relay that had failed has let us in."""
        await self._transactions.execute(partial(queries.forget, relay=name))

    def _keep(self, session: Session, *, name: str, why: RelayUnreachable) -> None:
        now = self._clock()
        reason = {"reason": why.reason, "advice": why.advice}
        queries.keep(session, name, reason, now=now, old=now - INCIDENT_LIFETIME)
