"""Who got which revision of an edition: for operators who decide whether to send a correction.

It adds up the sums that senders leave with each group of outcomes, so that a page may show it while
an edition is being sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.editions import revise
from service.kit.db import Session
from service.reports.queries import revisions as queries


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionCount:
    """A revision and its messages: how many were accepted, and how many may have been.

    Number 1 is what was frozen. None stands for messages from before revisions were counted.
    """

    number: int | None
    made_at: datetime | None = None
    withdrawn: int = 0
    corrected: int = 0
    accepted: int = 0
    uncertain: int = 0

    @property
    def readers(self) -> int:
        """Count the readers who have this revision, or may have it."""
        return self.accepted + self.uncertain

    def as_dict(self) -> dict[str, Any]:
        """Return what commands and the API show; `made_at` is in UTC."""
        return {
            "revision": self.number,
            "made_at": self.made_at.astimezone(UTC).isoformat() if self.made_at else None,
            "withdrawn": self.withdrawn,
            "corrected": self.corrected,
            "accepted": self.accepted,
            "uncertain": self.uncertain,
        }


def revision_counts(session: Session, edition_id: int) -> Sequence[RevisionCount]:
    """Return an edition's revisions with their messages, oldest first; unknown ones come last."""
    found = {each.number: each for each in queries.handed_over(session, edition_id)}
    made = {each.number: each for each in revise.list_revisions(session, edition_id)}
    counts = []
    for number in [*sorted({1, *made, *(each for each in found if each is not None)}), None]:
        sums, revision = found.get(number), made.get(number or 0)
        is_known = number is not None
        if is_known or (sums and sums.accepted + sums.uncertain):
            counts.append(
                RevisionCount(
                    number=number,
                    made_at=revision.made_at if revision else None,
                    withdrawn=revision.withdrawn if revision else 0,
                    corrected=revision.corrected if revision else 0,
                    accepted=sums.accepted if sums else 0,
                    uncertain=sums.uncertain if sums else 0,
                )
            )
    return counts
