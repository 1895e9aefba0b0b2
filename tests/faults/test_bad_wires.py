"""The wire between us and a healthy relay is cut, mute, slow, or twists the answers.

Each edition goes out over connections that suffer one fault after the other, with good ones in
between. Whatever an answer looks like, we never believe that a mail was accepted which the relay
does not have, and what could not be known comes as the same mail once more.
"""

from itertools import count as numbers

import pytest

from service.delivery.retry import WhenUncertain
from tests.fakes.proxy import GOOD, Fault, Proxy
from tests.faults.in_process import Hour
from tests.faults.stack import TIMEOUT, Stack
from tests.faults.verdict import Verdict

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

# Few enough that some meet a bad wire twice: even then nobody is left without a mail.
READERS = 120
# A mail has some 20 KB: these places lie in the greeting, in each command, in the head, in the
# body, and around its end.
CUTS = (0, 1, 10, 40, 90, 130, 200, 1_000, 9_000)
ANSWER_CUTS = (0, 5, 20, 60, 100, 110, 130, 150, 180, 250, 400)


def test_a_wire_that_is_cut_at_many_places_loses_nobody(shared_stack: Stack) -> None:
    faults = [Fault(cut_after=place) for place in CUTS]
    faults += [Fault(cut_after=place) for place in range(10_000, 60_000, 2_500)]

    verdict, used = _send_over(shared_stack, faults)

    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates <= used, verdict


def test_answers_that_are_cut_at_many_places_lose_nobody(shared_stack: Stack) -> None:
    verdict, used = _send_over(
        shared_stack, [Fault(cut_answers_after=place) for place in ANSWER_CUTS]
    )

    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates <= used, verdict


def test_resets_after_the_dot_cost_one_more_copy_of_the_same_mail(shared_stack: Stack) -> None:
    verdict, used = _send_over(
        shared_stack, [Fault(reset_after_dot=mail) for mail in (1, 2, 3, 5, 8)]
    )

    assert verdict.states == {"accepted": READERS}, verdict
    assert 1 <= verdict.duplicates <= 2 * used, verdict


def test_resets_after_the_dot_cost_no_copy_where_an_operator_wants_none(
    shared_stack: Stack,
) -> None:
    faults = [Fault(reset_after_dot=mail) for mail in (1, 2, 3, 5, 8)]

    verdict, used = _send_over(shared_stack, faults, when_uncertain=WhenUncertain.LEAVE)

    assert verdict.duplicates == 0, verdict
    assert 1 <= verdict.states["uncertain"] <= 2 * used, verdict
    assert verdict.states["accepted"] + verdict.states["uncertain"] == READERS, verdict


def test_wires_that_say_nothing_are_left_alone(shared_stack: Stack) -> None:
    verdict, _ = _send_over(shared_stack, [Fault(half_open=True)] * 3)

    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates == 0, verdict


def test_answers_that_drip_or_come_together_are_understood(shared_stack: Stack) -> None:
    faults = [Fault(drip=1, pause=0.0002), Fault(drip=3, pause=0.0002), Fault(joined=3)]

    verdict, _ = _send_over(shared_stack, faults)

    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates == 0, verdict


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(doubled=number) for number in range(12)],
        [Fault(swapped=number) for number in range(12)],
    ],
    ids=["doubled", "swapped"],
)
def test_answers_out_of_order_are_never_believed_for_the_wrong_mail(
    shared_stack: Stack, faults: list[Fault]
) -> None:
    verdict, used = _send_over(shared_stack, faults)

    accepted = verdict.states["accepted"]
    # What was twisted for good is in doubt, and never more than a group of a connection.
    assert accepted >= READERS - 2 * used, verdict
    assert accepted + verdict.states.get("uncertain", 0) == READERS, verdict


def _send_over(
    stack: Stack, faults: list[Fault], *, when_uncertain: WhenUncertain = WhenUncertain.RETRY
) -> tuple[Verdict, int]:
    """Send an edition, every second connection suffering the next fault; return the verdict."""
    issue = stack.an_issue(READERS)
    number = numbers()

    def next_fault(_connection: int) -> Fault:
        at = next(number)
        return faults[at // 2] if at % 2 == 0 and at // 2 < len(faults) else GOOD

    with Proxy(stack.sink.port, next_fault) as proxy:
        # A relay says goodbye after so many letters, so that every fault has its turn.
        url = f"{proxy.url}&per_connection=3"
        hour = Hour(stack, issue, relay_url=url, when_uncertain=when_uncertain)
        hour.go_on()
    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert proxy.connections >= 2 * len(faults)
    return verdict, len(faults)
