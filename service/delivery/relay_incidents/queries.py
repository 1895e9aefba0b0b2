"""SQL about relays that did not let a worker in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from service.delivery.tables import RelayTrouble
from service.kit.db import Session
from service.kit.translatable import TranslatableMessage


def keep(
    session: Session,
    relay: str,
    why: Mapping[str, TranslatableMessage],
    *,
    now: datetime,
    old: datetime,
) -> None:
    """Write down that a relay failed; one that had not failed since `old` fails from now on."""
    fresh = insert(RelayTrouble).values(relay=relay, **why, since=now, last_at=now)
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=[RelayTrouble.relay],
            set_={
                **why,
                "last_at": now,
                "since": case((RelayTrouble.last_at < old, now), else_=RelayTrouble.since),
            },
        )
    )


def forget(session: Session, relay: str) -> None:
    """A relay is back."""
    session.execute(delete(RelayTrouble).where(RelayTrouble.relay == relay))


def since(session: Session, old: datetime) -> Sequence[RelayTrouble]:
    """Return those that failed after `old`, the newest trouble first."""
    return session.scalars(
        select(RelayTrouble)
        .where(RelayTrouble.last_at >= old)
        .order_by(RelayTrouble.since.desc(), RelayTrouble.relay)
    ).all()
