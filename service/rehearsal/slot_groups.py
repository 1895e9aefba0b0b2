"""Pure: fold the slots of a series that would be skipped for one reason, one after the other.

A newsletter that comes every ten minutes has nothing new in most of the night's slots.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.rehearsal.rehearsed import RehearsedEdition, SlotStatus

FOLDED_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotGroup:
    """Slots of one day and one series that are shown together; nearly always one."""

    editions: Sequence[RehearsedEdition]

    @property
    def first(self) -> RehearsedEdition:
        """The edition that stands for all of them."""
        return self.editions[0]

    @property
    def last(self) -> RehearsedEdition:
        """The one of the last slot."""
        return self.editions[-1]


def group_slots(editions: Iterable[RehearsedEdition]) -> list[SlotGroup]:
    """Return groups by local date and time of their first slot."""
    runs: dict[tuple[object, ...], list[RehearsedEdition]] = {}
    open_runs: dict[tuple[object, ...], tuple[object, ...]] = {}
    for number, each in enumerate(editions):
        series = each.newsletter.id, each.frequency
        alike = *series, each.slot.local_date, *_reason(each)
        before = open_runs.get(series)
        if before is None or before[:-1] != alike or each.status is not SlotStatus.SKIPPED:
            before = *alike, number
            open_runs[series] = before
        runs.setdefault(before, []).append(each)
    groups = [
        SlotGroup(editions=part)
        for run in runs.values()
        for part in ([run] if len(run) >= FOLDED_FROM else [[each] for each in run])
    ]
    return sorted(groups, key=lambda each: (each.first.slot.local_date, each.first.slot.instant))


def _reason(edition: RehearsedEdition) -> tuple[object, ...]:
    """Return what is said of an edition, without its numbers."""
    return edition.status, tuple((each.message.key, each.warns) for each in edition.notes)
