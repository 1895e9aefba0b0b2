"""What withdrawing or correcting an article does to the editions that carry it."""

from dataclasses import dataclass
from typing import Any

from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.reports import progress
from service.reports.articles import editions_of_article

_GOES_ON = frozenset({EditionState.FROZEN, EditionState.RENDERED, EditionState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedEdition:
    """A frozen edition that carries an article.

    `handed_over` counts readers who have the edition or may have it; `waiting` those who get it
    with the change.
    """

    edition: EditionDetails
    newsletter: str
    handed_over: int
    waiting: int
    candidates: int

    @property
    def is_going(self) -> bool:
        """Whether messages of it begin now, and a pause would stop them."""
        return self.edition.state in _GOES_ON and self.edition.paused_at is None

    def as_dict(self) -> dict[str, Any]:
        """Return what commands and the API show."""
        return {
            "edition": self.edition.id,
            "newsletter": self.newsletter,
            "state": self.edition.state.value,
            "paused": self.edition.paused_at is not None,
            "readers": self.candidates,
            "handed_over": self.handed_over,
            "waiting": self.waiting,
        }


def concerned_editions(session: Session, article_id: int) -> list[ConcernedEdition]:
    """Return the frozen editions that carry an article, the newest first.

    These are of any series and newsletter: catch-up editions and pieces, too.
    """
    frozen = [
        (edition, name)
        for edition, name in reversed(editions_of_article(session, article_id))
        if edition.frozen_at is not None
    ]
    totals = progress.edition_totals(session, [edition.id for edition, _ in frozen])
    found = []
    for edition, name in frozen:
        counts, _ = totals[edition.id]
        waits = edition.state in _GOES_ON
        found.append(
            ConcernedEdition(
                edition=edition,
                newsletter=name,
                handed_over=counts["accepted"] + counts["uncertain"],
                waiting=counts["pending"] if waits else 0,
                candidates=sum(counts.values()),
            )
        )
    return found
