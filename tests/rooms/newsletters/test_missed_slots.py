"""What becomes of a slot that was missed: the table of docs/schedule.md, case by case."""

from datetime import timedelta

import pytest

from service.newsletters.missed_slots import MissedSlots, SlotDecision, decide

GRACE = timedelta(hours=6)


@pytest.mark.parametrize(
    ("policy", "lateness", "decision"),
    [
        (MissedSlots.LATE, timedelta(0), SlotDecision.SEND),
        (MissedSlots.LATE, timedelta(hours=6), SlotDecision.SEND),
        (MissedSlots.LATE, timedelta(hours=6, seconds=1), SlotDecision.LEAVE),
        (MissedSlots.MERGE, timedelta(minutes=15), SlotDecision.SEND),
        (MissedSlots.MERGE, timedelta(minutes=15, seconds=1), SlotDecision.MERGE),
        (MissedSlots.MERGE, timedelta(days=3), SlotDecision.MERGE),
        (MissedSlots.SKIP, timedelta(minutes=15), SlotDecision.SEND),
        (MissedSlots.SKIP, timedelta(minutes=15, seconds=1), SlotDecision.SKIP),
        (MissedSlots.SKIP, timedelta(days=3), SlotDecision.SKIP),
    ],
)
def test_each_policy_decides_by_how_late_it_is(
    policy: MissedSlots, lateness: timedelta, decision: SlotDecision
) -> None:
    """Morning news at noon is late for one newsroom, and an annoyance for another."""
    assert decide(policy, lateness=lateness, grace=GRACE) is decision
