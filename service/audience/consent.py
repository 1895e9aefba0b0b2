"""The proof of what a reader wanted: act, time, words, truncated network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.audience import queries
from service.audience.network import truncate
from service.audience.tables import Consent
from service.kit.db import Session


class Act(StrEnum):
    """What a reader, or somebody with a proof, did."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    ENDED = "ended"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Under which words and from where an act came; the address is cut to its network."""

    text_version: str | None = None
    address: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def network(self) -> str | None:
        """The network that the act came from."""
        return truncate(self.address)


NOWHERE = Origin()


def record(
    session: Session, subscription_id: int, act: Act, *, now: datetime, origin: Origin
) -> None:
    """Keep the proof of one act."""
    queries.record_consent(
        session,
        Consent(
            subscription_id=subscription_id,
            at=now,
            act=act,
            text_version=origin.text_version,
            network=origin.network,
            facts=dict(origin.facts),
        ),
    )
