"""Run the coming slots of a series, and describe the editions that they would have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.audience.section_selection import bit_mask
from service.audience.subscriber_counts import ChoiceCounts
from service.editions import choice
from service.editions.frozen import FrozenText
from service.editions.select import ArticleCandidate
from service.kit.db import Session
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.missed_slots import SlotDecision
from service.newsletters.schedule import Slot
from service.rehearsal import edition_notes
from service.rehearsal.clock_changes import utc_offset
from service.rehearsal.coming_slots import ComingSlot
from service.rehearsal.left_out import RejectedNews, count_left_out
from service.rehearsal.rehearsed import (
    RehearsalNote,
    RehearsedArticle,
    RehearsedEdition,
    SlotStatus,
)
from service.rehearsal.rehearsed_articles import StoredArticles, load_chosen
from service.rehearsal.series_run import SeriesRules, SeriesRun, SlotPlan, SlotResult
from service.rehearsal.series_state import SeriesState

DueSlots = Mapping[tuple[int, Frequency], tuple[Slot, SlotDecision]]
"""By newsletter and frequency: a slot that is due and has no edition, and what becomes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRange:
    """From now until an instant; `due` are slots before it that have no edition yet."""

    now: datetime
    until: datetime
    due: DueSlots

    @property
    def days(self) -> int:
        """How many days it has, the last one perhaps not whole."""
        return -(-(self.until - self.now) // timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSeries:
    """The coming slots of a series, and where it stands now."""

    frequency: Frequency
    slots: Sequence[ComingSlot]
    state: SeriesState


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalContext:
    """What the slots of all series of a newsletter share; `copies` are news that might come."""

    newsletter: NewsletterDetails
    zone: ZoneInfo
    period: RehearsalRange
    copies: Sequence[ArticleCandidate]
    rejected: RejectedNews
    readers: ChoiceCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunSlot:
    """A slot that was run, or why it was not; `prepared` is what editors have done for it."""

    coming: ComingSlot
    status: SlotStatus
    result: SlotResult | None = None
    prepared: SeriesState | None = None
    why: TranslatableMessage | None = None


def rehearse_series(
    session: Session, context: RehearsalContext, series: ComingSeries
) -> list[RehearsedEdition]:
    """Return what would become of each slot of a series, holidays included."""
    slots = list(_run_slots(context, series))
    chosen = load_chosen(
        session,
        context.newsletter,
        [each.result.choice.chosen for each in slots if each.result is not None],
        zone=context.zone,
        weeks=context.rejected.weeks,
    )
    return [_edition(context, each, chosen) for each in slots]


def _run_slots(context: RehearsalContext, series: ComingSeries) -> Iterator[_RunSlot]:
    newsletter, state = context.newsletter, series.state
    run = SeriesRun(
        news=[*state.found.candidates, *context.copies],
        rules=SeriesRules(
            sections=choice.target_sections(newsletter),
            limits=newsletter.limits,
            thin_editions=newsletter.thin_editions,
        ),
        window_from=state.window_from,
        waiting=list(state.found.waited),
    )
    prepared: SeriesState | None = state
    instants: set[datetime] = set()
    for coming in series.slots:
        unsent = _unsent(coming, state, instants)
        if unsent is not None:
            yield unsent
            continue
        instants.add(coming.slot.instant)
        slot, decision = context.period.due.get(
            (newsletter.id, series.frequency), (None, SlotDecision.SEND)
        )
        if coming.slot != slot:
            decision = SlotDecision.SEND
        # What editors did is for the next edition where a missed one is merged.
        mine = None if decision is SlotDecision.MERGE else prepared
        result = run.run_slot(_task(coming.slot, mine, decision, now=context.period.now))
        if decision is not SlotDecision.MERGE:
            prepared = None
        status = SlotStatus.SENT if result.skipped is None else SlotStatus.SKIPPED
        yield _RunSlot(
            coming=coming, status=status, result=result, prepared=mine, why=result.skipped
        )


def _unsent(coming: ComingSlot, state: SeriesState, instants: set[datetime]) -> _RunSlot | None:
    """Return a slot that is not run: of a holiday, with an edition already, or doubled."""
    slot = coming.slot
    if coming.holiday is not None:
        label = coming.holiday.label
        why = (
            translatable("rehearsal.holiday_named", label=label)
            if label
            else translatable("rehearsal.holiday")
        )
        return _RunSlot(coming=coming, status=SlotStatus.HOLIDAY, why=why)
    if (slot.local_date, slot.local_time) in state.taken:
        return _RunSlot(coming=coming, status=SlotStatus.TAKEN, why=translatable("rehearsal.taken"))
    if slot.instant in instants:
        # The scheduler runs the latest due slot of a series, and one at a time.
        why = translatable("rehearsal.same_series")
        return _RunSlot(coming=coming, status=SlotStatus.SKIPPED, why=why)
    return None


def _task(
    slot: Slot, prepared: SeriesState | None, decision: SlotDecision, *, now: datetime
) -> SlotPlan:
    until = slot.instant if decision is SlotDecision.SKIP else max(slot.instant, now)
    if prepared is None:
        return SlotPlan(until=until, decision=decision)
    return SlotPlan(
        until=until,
        decision=decision,
        curation=prepared.found.curation,
        is_approved=prepared.is_approved,
    )


def _edition(context: RehearsalContext, run: _RunSlot, chosen: StoredArticles) -> RehearsedEdition:
    slot, result, prepared = run.coming.slot, run.result, run.prepared
    ready = max(slot.instant, context.period.now)
    articles: tuple[RehearsedArticle, ...] = ()
    if result is not None and run.status is SlotStatus.SENT:
        curation = prepared.found.curation if prepared else {}
        articles = chosen.of(result.choice.chosen, curation)
    edition = RehearsedEdition(
        newsletter=context.newsletter,
        frequency=run.coming.frequency,
        slot=slot,
        status=run.status,
        begins_at=edition_notes.begins_at(context.newsletter, ready, context.zone),
        utc_offset=utc_offset(slot.instant, context.zone),
        edition_id=prepared.draft_id if prepared else None,
        articles=articles,
        text=prepared.text if prepared else FrozenText(),
    )
    if result is not None:
        edition = replace(
            edition,
            window_from=result.window_from,
            window_to=result.window_to,
            left_out=count_left_out(result, context.rejected),
        )
        if edition.status is SlotStatus.SENT:
            edition = _with_readers(edition, context, result)
    return replace(edition, notes=tuple(_notes(edition, context, run)))


def _with_readers(
    edition: RehearsedEdition, context: RehearsalContext, result: SlotResult
) -> RehearsedEdition:
    mask = bit_mask(each.bit for each in result.choice.chosen)
    frequency = str(edition.frequency)
    readers = context.readers.receiving(frequency, mask)
    return replace(
        edition,
        readers=readers,
        readers_without=context.readers.in_series(frequency) - readers,
    )


def _notes(
    edition: RehearsedEdition, context: RehearsalContext, run: _RunSlot
) -> Iterator[RehearsalNote]:
    if run.why is not None:
        is_planned = run.status in {SlotStatus.HOLIDAY, SlotStatus.TAKEN}
        yield RehearsalNote(message=run.why, warns=not is_planned)
    if edition.slot.instant <= context.period.now and run.status is SlotStatus.SENT:
        yield edition_notes.warning(translatable("rehearsal.late"))
    if run.status is SlotStatus.SENT:
        yield from edition_notes.approval_notes(
            edition.newsletter,
            is_held=run.prepared is not None and run.prepared.is_held,
            is_approved=run.prepared is not None and run.prepared.is_approved,
        )
    yield from edition_notes.notes_of(edition, context.zone)
