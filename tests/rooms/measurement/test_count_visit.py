"""How often a network counts in a subject test."""

import pytest

from service.delivery.workflow import subject_tests
from service.editions.subject_test_rules import FIRST, SECOND, Measure
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.measurement.count_visit import PLACES_PER_NETWORK, Visit, count_visit
from service.measurement.counting_token import CountingToken
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue
from tests.subject_tests import a_tested_edition


def count(begin: Begin, keyring: Keyring, issue: Issue, subject: int, *addresses: str) -> None:
    token = CountingToken(edition_id=issue.edition_id, subject=subject, number=1)
    with begin() as session:
        for number, address in enumerate(addresses):
            visit = Visit(address=address, user_agent=f"Mozilla/5.0 ({number})")
            count_visit(session, token, visit, measure=Measure.CLICKS, keyring=keyring)


@pytest.mark.parametrize("network", ["203.0.113.{}", "2001:db8:1:{:x}::1", "no address {}"])
def test_a_network_counts_a_few_times_for_each_subject(
    begin: Begin, clock: FakeClock, keyring: Keyring, network: str
) -> None:
    issue = a_tested_edition(begin, clock)
    addresses = [network.format(number) for number in range(200)]

    count(begin, keyring, issue, FIRST, *addresses)
    count(begin, keyring, issue, SECOND, *addresses)

    with begin() as session:
        first, second = subject_tests.current_figures(session, issue.edition_id)
    assert (first.events, second.events) == (PLACES_PER_NETWORK, PLACES_PER_NETWORK)


def test_each_network_counts_by_itself(begin: Begin, clock: FakeClock, keyring: Keyring) -> None:
    issue = a_tested_edition(begin, clock)

    count(begin, keyring, issue, FIRST, *(f"203.0.{number}.1" for number in range(30)))

    with begin() as session:
        first, _ = subject_tests.current_figures(session, issue.edition_id)
    assert first.events == 30
