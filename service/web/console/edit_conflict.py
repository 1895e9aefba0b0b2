"""Pure: three-way merge when two operators have edited one newsletter, feed or article.

The operator who saves later is shown what was saved in between. Fields that only the other has
changed are taken over into the form; fields that both have changed stay as typed, with the other's
value beside them. Nothing is saved before the operator has confirmed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

SCHEDULE = (
    "days",
    "times",
    "every_minutes",
    "every_from",
    "every_to",
    "month_days",
    "fortnight_from",
)
"""These say one thing together: times by themselves mean nothing."""
WEEKLY = ("weekly_at", "weekly_on")
PARTS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("description",),
    ("locale",),
    ("accent_colour",),
    ("site_url",),
    ("sections",),
    SCHEDULE,
    ("time_zone",),
    ("daily_at",),
    WEEKLY,
    ("default_frequency",),
    ("sender_name",),
    ("sender_address",),
    ("reply_to",),
    ("postal_address",),
    ("articles_per_section",),
    ("valid_hours",),
    ("horizon_days",),
    ("per_minute",),
    ("at_readers_time",),
    ("missed_slots", "late_hours"),
    ("needs_approval",),
    ("needs_second_editor",),
    ("measures_opens",),
    ("quiet_from", "quiet_to"),
    ("offers_alerts",),
    ("alerts_per_day",),
    ("alerts_per_reader",),
    ("alerts_merge_minutes",),
    ("digests_repeat_alerts",),
    ("least_per_section",),
    ("most_articles",),
    ("least_articles", "thin_editions"),
)


class ComparedForm(Protocol):
    """A form whose fields are compared: what was opened, what is stored, what was typed."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """Return the form with other values."""

    def without_blank_rows(self) -> Self:
        """Return the form without rows that only leave room to type."""


F = TypeVar("F", bound=ComparedForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditConflict(Generic[F]):
    """A part of the form that was saved meanwhile, named by its first field."""

    name: str
    theirs: F
    # None when only they have changed it.
    mine: F | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedForm(Generic[F]):
    """The form to show, and what to say above it."""

    fields: F
    differences: tuple[EditConflict[F], ...]


def merge_edits(
    opened: F, stored: F, typed: F, *, parts: Sequence[tuple[str, ...]] = PARTS
) -> MergedForm[F]:
    """Return the form of both; without differences there was nothing to merge.

    `opened` is what the form showed first, `stored` what is saved by now, and `typed` what is to be
    saved; all three as the form shows what is stored. `parts` are the fields that say one thing.
    """
    merged, differences = typed, []
    typed = typed.without_blank_rows()
    for part in parts:
        read = _reader(part)
        if read(stored) in {read(opened), read(typed)}:
            continue
        is_mine = read(typed) != read(opened)
        if not is_mine:
            merged = merged.model_copy(update={name: getattr(stored, name) for name in part})
        differences.append(
            EditConflict(name=part[0], theirs=stored, mine=typed if is_mine else None)
        )
    return MergedForm(fields=merged, differences=tuple(differences))


def _reader(part: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    return lambda fields: tuple(getattr(fields, name) for name in part)
