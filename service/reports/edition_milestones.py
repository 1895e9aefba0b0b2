"""The states that an edition has passed through, and when."""

from dataclasses import dataclass
from datetime import datetime

from service.editions.read_models import EditionDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionMilestone:
    """A state that an edition has reached, and when, if that is known."""

    state: str
    at: datetime | None


def edition_milestones(row: EditionDetails) -> list[EditionMilestone]:
    """List the states of an edition's way with the instants that it keeps."""
    is_final = row.finished_at is not None
    ending = row.state if is_final else "finished"
    way = ["planned", "selected", "frozen", "rendered", "sending", ending]
    known = {
        "planned": row.planned_at,
        "frozen": row.frozen_at,
        "sending": row.enrolled_at,
        ending: row.finished_at,
    }
    moments = [EditionMilestone(state=state, at=known.get(state)) for state in way]
    if row.state in {"skipped", "cancelled", "lapsed"}:
        # Where it was stopped, the states that it never reached are left out.
        return [each for each in moments if each.at is not None]
    return moments
