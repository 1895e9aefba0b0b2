"""The row with which an edition begins: a draft of a slot, under a random public key."""

import secrets
from datetime import datetime

from service.editions import queries
from service.editions.kind import EditionKind
from service.editions.lifecycle import EDITION
from service.kit.db import Session
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import Slot

_KEY_BYTES = 10


def random_key() -> str:
    """Return an edition's public key: it stands in links, and cannot be guessed."""
    return secrets.token_hex(_KEY_BYTES)


def add_draft(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    newsletter_id: int,
    slot: Slot,
    *,
    frequency: Frequency | None,
    origin: str,
    now: datetime,
    kind: EditionKind = EditionKind.DIGEST,
    held_at: datetime | None = None,
) -> int | None:
    """Store a draft of a slot and return its id; None if the slot has an edition.

    `frequency` is that of its series, None for an edition outside of the schedule.
    """
    return queries.add(
        session,
        key=random_key(),
        newsletter_id=newsletter_id,
        kind=kind,
        frequency=frequency,
        slot_date=slot.local_date,
        slot_time=slot.local_time,
        origin=origin,
        state=EDITION.initial,
        window_to=slot.instant,
        planned_at=now,
        held_at=held_at,
    )
