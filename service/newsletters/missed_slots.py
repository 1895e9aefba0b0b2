"""Pure: what becomes of a slot that could not be sent in time, as each newsletter chooses.

A slot is missed when nothing planned it within a few minutes: the machine was down, or sending was
disabled. The table of cases is in docs/schedule.md.
"""

from datetime import timedelta
from enum import StrEnum

ON_TIME = timedelta(minutes=15)
"""How late a slot may be and still count as on time: a restart, or an upgrade, takes minutes."""


class MissedSlots(StrEnum):
    """What a newsletter does with a slot that was missed."""

    LATE = "late"
    """Send it late, as long as that makes sense to its readers."""
    MERGE = "merge"
    """Send nothing; the next edition also has its articles."""
    SKIP = "skip"
    """Send neither it nor its articles."""


class SlotDecision(StrEnum):
    """What to do about a due slot that has no edition yet."""

    SEND = "send"
    MERGE = "merge"
    SKIP = "skip"
    LEAVE = "leave"
    """It is too late for it; what it would have carried comes in the next edition."""


def decide(policy: MissedSlots, *, lateness: timedelta, grace: timedelta) -> SlotDecision:
    """Return what to do about a slot that was due `lateness` ago.

    `grace` is how late an edition may be sent under `late`.
    """
    if policy is MissedSlots.LATE:
        return SlotDecision.SEND if lateness <= grace else SlotDecision.LEAVE
    if lateness <= ON_TIME:
        return SlotDecision.SEND
    return SlotDecision.MERGE if policy is MissedSlots.MERGE else SlotDecision.SKIP
