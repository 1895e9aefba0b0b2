"""What each reader is owed, told as a pile of unread articles: no windows, no catch-up editions.

Whatever a newsletter takes falls on the pile of each of its readers. At each slot of a reader's
frequency the edition is chosen from the pile: the newest of each section, as many as the limits
allow. What is chosen has been read; what the limits leave out is thrown away; what a section or an
edition has too little of stays. This is written from docs/schedule.md and docs/editions.md, and
imports nothing of the product.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article as a newsletter sees it: its section, by number, and how new it is."""

    id: int
    section: int
    seen: datetime
    newest_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A newsletter's limits of an edition."""

    sections: int
    most_per_section: int
    least_per_section: int = 1
    most: int | None = None
    least: int = 1
    # Whether the articles of an edition with too few stay unread.
    thin_waits: bool = True


@dataclass(slots=True)
class Desk:
    """What editors have done to the coming edition of a series."""

    dropped: set[int] = field(default_factory=set)
    pinned: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a pile at a slot: the articles that were sent, what is left, and why."""

    sent: frozenset[int]
    left: frozenset[int]
    # What sections have too little of; it stays, whatever becomes of the edition.
    waiting: frozenset[int]
    why: str


def look(
    pile: Collection[int], stories: Mapping[int, Story], limits: Limits, desk: Desk
) -> Outcome:
    """Choose an edition from a pile."""
    by_section: list[list[int]] = []
    for number in range(limits.sections):
        found = [
            each for each in pile if stories[each].section == number and each not in desk.dropped
        ]
        found.sort(key=lambda each: (stories[each].newest_by, each), reverse=True)
        kept = [each for each in found if each in desk.pinned]
        rest = [each for each in found if each not in desk.pinned]
        by_section.append(kept + rest[: max(limits.most_per_section - len(kept), 0)])
    waiting: set[int] = set()
    for number, found in enumerate(by_section):
        if len(found) < limits.least_per_section and not desk.pinned.intersection(found):
            waiting.update(found)
            by_section[number] = []
    chosen = _share(by_section, limits.most, desk.pinned)
    is_kept = bool(desk.pinned.intersection(chosen))
    waits, why = frozenset(waiting), "sent"
    left = waits
    if not chosen:
        why = "edition.all_wait" if waits else "edition.nothing_new"
    elif len(chosen) < limits.least and not is_kept:
        chosen = []
        why = "edition.thin.merged" if limits.thin_waits else "edition.thin.skipped"
        left = frozenset(pile) - desk.dropped if limits.thin_waits else waits
    return Outcome(sent=frozenset(chosen), left=left, waiting=waits, why=why)


def _share(
    by_section: Sequence[Sequence[int]], most: int | None, pinned: Collection[int]
) -> list[int]:
    """Deal places out, one a section and round, until there are no more."""
    if most is None or sum(map(len, by_section)) <= most:
        return [each for found in by_section for each in found]
    chosen = [each for found in by_section for each in found if each in pinned]
    place = 0
    while len(chosen) < most and any(len(found) > place for found in by_section):
        for found in by_section:
            if len(chosen) < most and len(found) > place and found[place] not in pinned:
                chosen.append(found[place])
        place += 1
    return chosen
