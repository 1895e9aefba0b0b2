"""The edition equation: every candidate is in exactly one place, and the places add up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from service.editions.lifecycle import EditionState
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.translatable import TranslatableMessage, json_fields, message_or_none
from service.reports.queries import ledger as queries
from service.reports.queries.ledger import RevisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLedger:
    """What became of an edition's candidates.

    `pending` counts everything that is not final: waiting, leased or deferred. `leased` and
    `deferred` say how much of it is which. `cancelled` are those of `expired` whom an operator's
    cancellation ended. `bounced` and `complained` are what came back of accepted messages.
    `revisions` has the accepted and the uncertain ones again, by the revision that they had.
    """

    edition: int
    newsletter: str
    slot: str
    state: str
    candidates: int
    accepted: int
    refused: int
    suppressed: int
    expired: int
    cancelled: int
    uncertain: int
    pending: int
    leased: int
    deferred: int
    bounced: int
    complained: int
    attempts: int
    paused: bool
    note: TranslatableMessage | None
    enrolled_at: datetime | None
    finished_at: datetime | None
    revisions: Sequence[RevisionRow]

    @property
    def settled(self) -> int:
        """Count the candidates in a final state."""
        return self.accepted + self.refused + self.suppressed + self.expired + self.uncertain

    @property
    def balanced(self) -> bool:
        """Return whether the equation holds; a finished edition has nothing pending either."""
        if self.state == EditionState.FINISHED and self.pending:
            return False
        return self.candidates == self.settled + self.pending

    def as_dict(self) -> dict[str, Any]:
        """Return what `crieur edition ledger --json` prints."""
        values = asdict(self) | {
            **json_fields("note", self.note),
            "enrolled_at": self.enrolled_at.isoformat() if self.enrolled_at else None,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "revisions": [each._asdict() for each in self.revisions],
        }
        return {**values, "balanced": self.balanced}

    def as_lines(self) -> list[tuple[str, Any]]:
        """Return what people are shown: a cancelled delivery is not called expired."""
        values = self.as_dict() | {"expired": self.expired - self.cancelled}
        del values["revisions"]
        return [(name, value) for name, value in values.items() if not name.startswith("note_")]


def get_ledger(session: Session, edition_id: int) -> EditionLedger:
    """Return the books of an edition; raise NotFound."""
    row = queries.ledger(session, edition_id)
    if row is None:
        raise NotFound(f"There is no edition {edition_id}: see 'crieur edition list'.")
    return EditionLedger(
        edition=row.edition,
        newsletter=row.newsletter,
        slot=f"{row.slot_date} {row.slot_time:%H:%M}",
        state=row.state,
        candidates=row.candidates,
        accepted=row.accepted,
        refused=row.refused,
        suppressed=row.suppressed,
        expired=row.expired,
        cancelled=row.cancelled,
        uncertain=row.uncertain,
        pending=row.pending,
        leased=row.leased,
        deferred=row.deferred,
        bounced=row.bounced,
        complained=row.complained,
        attempts=row.attempts,
        paused=row.paused_at is not None,
        note=message_or_none(row.note),
        enrolled_at=row.enrolled_at,
        finished_at=row.finished_at,
        revisions=queries.by_revision(session, edition_id),
    )
