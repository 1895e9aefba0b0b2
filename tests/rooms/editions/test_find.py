"""Editions are found by number, by public address and in lists."""

from datetime import UTC, datetime, timedelta

import pytest

from service.editions import control, find, plan
from service.editions.lifecycle import EditionState
from service.editions.read_models import CatchUpSummary
from service.editions.tables import Edition
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, store_row

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def test_an_edition_is_found_by_its_number_and_by_its_public_address(begin: Begin) -> None:
    with begin() as session:
        edition_id = plan.plan_now(session, a_newsletter(session, now=NOW).id, now=NOW).id

        found = find.get_edition(session, edition_id)
        assert found.id == edition_id
        assert find.get_edition_by_key(session, found.key) == found


def test_an_edition_that_does_not_exist_is_said_to_be_missing(begin: Begin) -> None:
    with begin() as session:
        with pytest.raises(NotFound, match="crieur edition list"):
            find.get_edition(session, 404)
        with pytest.raises(NotFound):
            find.get_edition_by_key(session, "no-such-key")


def test_lists_are_the_newest_first_of_one_newsletter_and_of_some_states(begin: Begin) -> None:
    with begin() as session:
        morning = a_newsletter(session, now=NOW).id
        evening = a_newsletter(session, now=NOW, slug="le-soir").id
        first = plan.plan_now(session, morning, now=NOW).id
        control.cancel(session, first, now=NOW)
        second = plan.plan_now(session, morning, now=NOW + timedelta(minutes=1)).id
        other = plan.plan_now(session, evening, now=NOW).id

        def ids(*newsletter: int, **which: object) -> list[int]:
            found = find.recent_editions(session, *newsletter, **which)  # type: ignore[arg-type]  # Named by each assertion.
            return [each.id for each in found]

        assert ids() == [other, second, first]
        assert ids(morning) == [second, first]
        assert ids(limit=1) == [other]
        assert ids(before_id=second) == [first]
        assert ids(states=[EditionState.CANCELLED]) == [first]


def test_catch_up_editions_are_folded_under_the_edition_of_their_slot(begin: Begin) -> None:
    """They are few readers' own; a list of them would hide the editions."""
    with begin() as session:
        paper = a_newsletter(session, now=NOW)
        first = plan.plan_now(session, paper.id, now=NOW).id
        other = plan.plan_now(session, paper.id, now=NOW, frequency=Frequency.WEEKLY).id
        slot = {"slot_date": NOW.date(), "slot_time": NOW.time(), "newsletter_id": paper.id}
        rest = {"origin": "schedule", "state": "frozen", "window_to": NOW, "planned_at": NOW}
        own = [
            store_row(
                session, Edition, key=key, previous_edition_id=before, readers=7, **slot, **rest
            )
            for key, before in (("a", 5), ("b", 6))
        ]

        listed = find.recent_editions(session, with_catch_ups=False)
        series = find.series_editions(
            session, paper.id, Frequency.EACH, states=[EditionState.PLANNED, EditionState.FROZEN]
        )
        folded = find.catch_up_summaries(session, [first, other, *own])

    assert {each.id for each in listed} == {first, other}
    assert [each.id for each in series] == [first]
    assert folded == {first: CatchUpSummary(edition_ids=tuple(own), readers=14)}
