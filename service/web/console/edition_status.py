"""The status of an edition, and the parts of its page that are updated while it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.delivery import relay_incidents
from service.delivery.relay_incidents import RelayIncident
from service.delivery.workflow import quiet_hours
from service.editions import lapse, revise
from service.editions.find import get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import FINAL, EditionState
from service.editions.read_models import EditionDetails
from service.editions.revise import RevisionSummary
from service.kit.db import Session
from service.kit.translatable import translate
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.reports import progress
from service.reports.dashboard import EditionTotals
from service.reports.edition_milestones import EditionMilestone, edition_milestones
from service.reports.progress import EditionProgress
from service.reports.revisions import RevisionCount, revision_counts
from service.reports.subject_tests import SubjectTestReport, get_subject_test
from service.web.console.page import ConsoleRequest

PARTS = ("progress", "acts", "ledger")
"""Templates whose names begin with an underscore, and the ids of the elements that hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStatus:
    """An edition at an instant, loaded once for every page that shows it."""

    edition: EditionDetails
    newsletter: NewsletterDetails
    progress: EditionProgress
    moments: Sequence[EditionMilestone]
    # What was changed after the freeze.
    revisions: Sequence[RevisionSummary]
    # Who got which revision; empty while there is only one.
    counts: Sequence[RevisionCount]
    # Relays that refused connections lately; only looked up while the edition is sending.
    relays: Sequence[RelayIncident]
    # None without a test.
    tested: SubjectTestReport | None
    # When the quiet hours end in which nothing of it begins now.
    quiet_until: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing on the page will change any more."""
        return self.progress.is_final

    @property
    def is_going(self) -> bool:
        """Whether messages begin, or soon will, and a pause would stop them."""
        state = self.edition.state
        is_out = self.edition.frozen_at is not None and state not in FINAL
        return is_out and self.edition.paused_at is None

    @property
    def can_stop_press(self) -> bool:
        """Whether readers have its articles, or will: they may be withdrawn and corrected."""
        is_letter = self.edition.kind is EditionKind.CORRECTION
        return self.edition.frozen_at is not None and not is_letter

    @property
    def content_version(self) -> str:
        """Return a string that changes when the edition's articles or its previews do."""
        state = self.progress.state
        is_built = state in {EditionState.PLANNED, EditionState.SELECTED, EditionState.FROZEN}
        return f"{state if is_built else 'rendered'}-{self.edition.rendered_revision}"

    def values(self) -> dict[str, Any]:
        """Return what the templates of the parts show."""
        counts = {**self.progress.counts, "pending": self.progress.pending}
        return {
            "edition": self.edition,
            "newsletter": self.newsletter,
            "progress": self.progress,
            "books": EditionTotals(counts=counts, came_back=self.progress.came_back),
            "moments": self.moments,
            "relays": self.relays,
            "revisions": self.revisions,
            "counts": self.counts,
            "is_going": self.is_going,
            "can_stop_press": self.can_stop_press,
            "content_version": self.content_version,
            "is_final": self.edition.state in FINAL,
            "is_over": self.is_over,
            "waits_until": lapse.waits_until(self.edition, self.newsletter),
            "quiet_until": self.quiet_until,
            "tested": self.tested,
            "is_held": self.progress.held,
            "is_paused": self.progress.paused,
        }


def load_status(session: Session, edition_id: int, *, now: datetime) -> EditionStatus:
    """Return the status of an edition; raise NotFound."""
    edition = get_edition(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    return EditionStatus(
        edition=edition,
        newsletter=newsletter,
        quiet_until=quiet_hours.quiet_until(edition, newsletter, now=now),
        tested=get_subject_test(session, edition),
        progress=progress.get_progress(session, edition_id, now=now),
        moments=edition_milestones(edition),
        revisions=revise.list_revisions(session, edition_id),
        counts=revision_counts(session, edition_id) if edition.revision > 1 else (),
        relays=relay_incidents.current_incidents(session, now=now)
        if edition.state == EditionState.SENDING
        else (),
    )


def render_parts(console: ConsoleRequest, status: EditionStatus) -> dict[str, Any]:
    """Return the parts as HTML by id, what a screen reader says, and whether it is over.

    When `content_version` is another one the page's articles and its preview have changed, too.
    """
    values = status.values()
    return {
        "parts": {
            part: bytes(console.fragment(f"_{part}", **values).body).decode() for part in PARTS
        },
        "shape": status.content_version,
        "said": announce(console, status.progress),
        "over": status.is_over,
    }


def announce(console: ConsoleRequest, progress: EditionProgress) -> str:
    """Return the status for a screen reader, in steps of ten per cent."""
    if progress.paused:
        reason = translate(progress.note, console.me.locale) if progress.note else ""
        return f"{console.t('console.edition.paused')}. {reason}".strip()
    state = console.t(f"console.edition_state.{progress.state}")
    if progress.state is not EditionState.SENDING or not progress.readers:
        return state
    tens = 10 * (10 * progress.settled // progress.readers)
    return console.t("console.edition.said", state=state, share=tens)
