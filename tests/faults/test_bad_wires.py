"""The wire between us and a healthy relay is cut, mute, slow, or twists the answers.

Each edition goes out over connections that suffer one fault after the other, with good ones in
between. Whatever an answer looks like, we never believe that a mail was accepted which the relay
does not have, and what could not be known comes as the same mail once more.
"""

from itertools import count as numbers

import pytest

from service.delivery.smtp.retry import UncertainPolicy
from tests.fakes.proxy import GOOD, Fault, Proxy
from tests.faults.in_process import Hour
from tests.faults.stack import TIMEOUT, Stack
from tests.faults.verdict import Verdict

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

# Few enough that some meet a bad wire twice: even then nobody is left without a mail.
READERS = 120
# A mail has some 15 KB, and a connection takes three: these places lie in the greeting, in each
# command, in the first head, and all through the bodies.
CUTS = (0, 1, 10, 40, 90, 130, 200, 1_000, 9_000, *range(10_000, 40_000, 2_000))
# In the greeting, in the offers, and in the answers to commands.
ANSWER_CUTS = (0, 5, 20, 60, 100, 110, 130, 150, 180, 250)
# Before the first byte of the answer to a dot, in its middle, before its last byte; of all three.
DOT_ANSWER_CUTS = (132, 140, 146, 200, 262)
RESETS = (1, 2, 3, 2, 1)


def test_a_wire_that_is_cut_at_many_places_loses_nobody(shared_stack: Stack) -> None:
    verdict, cuts = _send_over(shared_stack, [Fault(cut_after=place) for place in CUTS])

    assert cuts == len(CUTS)
    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates <= cuts, verdict


def test_answers_that_are_cut_at_many_places_lose_nobody(shared_stack: Stack) -> None:
    places = (*ANSWER_CUTS, *DOT_ANSWER_CUTS)

    verdict, cuts = _send_over(shared_stack, [Fault(cut_answers_after=place) for place in places])

    assert cuts == len(places)
    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates == len(DOT_ANSWER_CUTS), verdict


def test_resets_after_the_dot_cost_one_more_copy_of_the_same_mail(shared_stack: Stack) -> None:
    verdict, cuts = _send_over(shared_stack, [Fault(reset_after_dot=mail) for mail in RESETS])

    assert cuts == len(RESETS)
    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates == len(verdict.duplicated) == cuts, verdict


def test_resets_after_the_dot_cost_no_copy_where_an_operator_wants_none(
    shared_stack: Stack,
) -> None:
    faults = [Fault(reset_after_dot=mail) for mail in RESETS]

    verdict, cuts = _send_over(shared_stack, faults, when_uncertain=UncertainPolicy.LEAVE)

    assert cuts == len(RESETS)
    assert verdict.states == {"accepted": READERS - cuts, "uncertain": cuts}, verdict
    assert verdict.duplicates == 0, verdict


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
    verdict, _ = _send_over(shared_stack, faults)

    # Only a mail in doubt comes again: one of a connection, and by then all wires are good.
    assert verdict.states == {"accepted": READERS}, verdict
    assert verdict.duplicates <= len(faults), verdict


def _send_over(
    stack: Stack, faults: list[Fault], *, when_uncertain: UncertainPolicy = UncertainPolicy.RETRY
) -> tuple[Verdict, int]:
    """Send an edition, every second connection suffering the next fault.

    Return the verdict, and how many connections were reset.
    """
    issue = stack.an_issue(READERS)
    number = numbers()

    def next_fault(_connection: int) -> Fault:
        at = next(number)
        return faults[at // 2] if at % 2 == 0 and at // 2 < len(faults) else GOOD

    with Proxy(stack.sink.port, next_fault) as proxy:
        # A relay says goodbye after so many messages, so that every fault has its turn.
        url = f"{proxy.url}&per_connection=3"
        hour = Hour(stack, issue, relay_url=url, when_uncertain=when_uncertain)
        hour.go_on()
    verdict = stack.verdict(issue)
    assert verdict.nothing_lost, verdict
    assert proxy.connections >= 2 * len(faults)
    return verdict, proxy.cuts
