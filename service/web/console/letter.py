"""What the pages of a correction show: how many readers it goes to, and what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.delivery.enrolment.correction_readers import CorrectionReaders, correction_readers
from service.editions.corrections import CorrectedEdition, corrected_editions
from service.editions.kind import EditionKind
from service.editions.read_models import EditionDetails
from service.kit.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFacts:
    """Whom a correction goes to if it is sent now, and the editions that it is about."""

    readers: CorrectionReaders
    about: Sequence[CorrectedEdition]


def correction_facts(session: Session, edition: EditionDetails) -> CorrectionFacts | None:
    """Return the facts of a correction, None of another edition."""
    if edition.kind is not EditionKind.CORRECTION:
        return None
    return CorrectionFacts(
        readers=correction_readers(session, edition.id),
        about=corrected_editions(session, edition.id),
    )
