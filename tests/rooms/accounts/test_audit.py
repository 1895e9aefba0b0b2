"""The audit trail: entries, and events that are counted instead of repeated."""

from service.accounts import audit
from service.kit.db import Begin
from tests.conftest import FakeClock


def _count(begin: Begin, clock: FakeClock, network: str, caller: str | None = None) -> None:
    key = {"caller": caller} if caller else None
    with begin() as session:
        audit.count_event(
            session, None, "operator.refused", {"network": network}, key=key, now=clock.now
        )


def _facts(begin: Begin) -> list[dict[str, object]]:
    with begin() as session:
        return [dict(entry.facts) for entry in audit.recent_entries(session)]


def test_many_refusals_of_an_hour_are_one_entry_with_the_last_facts(
    begin: Begin, clock: FakeClock
) -> None:
    for network in ("203.0.113.0/24", "203.0.113.0/24", "198.51.100.0/24"):
        _count(begin, clock, network)

    assert _facts(begin) == [{"network": "198.51.100.0/24", "times": 3}]


def test_the_next_hour_has_an_entry_of_its_own(begin: Begin, clock: FakeClock) -> None:
    _count(begin, clock, "203.0.113.0/24")
    clock.advance(hours=1, seconds=1)
    _count(begin, clock, "203.0.113.0/24")

    assert [each["times"] for each in _facts(begin)] == [1, 1]


def test_each_key_has_an_entry_of_its_own(begin: Begin, clock: FakeClock) -> None:
    for caller in ("site", "site", "app"):
        _count(begin, clock, "203.0.113.0/24", caller)

    assert sorted((each["caller"], each["times"]) for each in _facts(begin)) == [
        ("app", 1),
        ("site", 2),
    ]


def test_the_newest_entry_is_found_by_some_of_its_facts(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        for number in (1, 2):
            facts = {"edition_id": 7, "number": number}
            audit.record(session, None, "edition.paused", facts, now=clock.now)

    with begin() as session:
        found = audit.latest_entry(session, "edition.paused", {"edition_id": 7})
        missing = audit.latest_entry(session, "edition.paused", {"edition_id": 8})

    assert found is not None
    assert found.facts["number"] == 2
    assert missing is None


def test_a_list_of_entries_continues_before_the_last_one(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        for number in range(3):
            audit.record(session, None, "edition.paused", {"number": number}, now=clock.now)

    with begin() as session:
        first = audit.recent_entries(session, limit=2)
        rest = audit.recent_entries(session, before_id=first[-1].id, limit=2)

    assert [entry.facts["number"] for entry in (*first, *rest)] == [2, 1, 0]
