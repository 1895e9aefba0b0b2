"""Who gets a correction, counted before it is sent, and what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.delivery.enrolment.queries import corrected as queries
from service.editions.find import get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionReaders:
    """How many readers a correction goes to, and the editions that it waits for.

    These still hand over messages of an older revision: their readers are not known yet.
    """

    count: int
    waits_for: Sequence[int]


def correction_readers(session: Session, correction_id: int) -> CorrectionReaders:
    """Return who gets a correction if it is sent now, without suppressed readers."""
    return CorrectionReaders(
        count=queries.count_readers(session, correction_id),
        waits_for=queries.editions_with_older_batches(session, correction_id),
    )


def must_wait(session: Session, edition_id: int) -> bool:
    """Return whether an edition is a correction whose readers are not known yet."""
    edition = get_edition(session, edition_id)
    if edition.kind is not EditionKind.CORRECTION or edition.state is not EditionState.SELECTED:
        return False
    return bool(queries.editions_with_older_batches(session, edition_id))
