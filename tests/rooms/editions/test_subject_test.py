"""Editors set a subject test before the freeze; each change counts, as any other does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.editions import control, curate
from service.editions.curate import EditedMeanwhile, Editor
from service.editions.find import get_edition
from service.editions.lifecycle import SubjectTestState
from service.editions.subject_test import (
    clear_subject_test,
    find_subject_test,
    set_subject_test,
)
from service.editions.subject_test_rules import Measure, SubjectTestPlan
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid
from tests.coming_edition import a_coming_edition_at
from tests.conftest import FakeClock
from tests.subject_tests import PLAN, a_tested_edition


def a_coming(begin: Begin, clock: FakeClock, **newsletter: object) -> int:
    with begin() as session:
        return a_coming_edition_at(session, now=clock.now, **newsletter)[0]


def put(begin: Begin, clock: FakeClock, edition_id: int, plan: SubjectTestPlan = PLAN) -> None:
    with begin() as session:
        set_subject_test(session, edition_id, plan, Editor(), now=clock.now)


def test_a_test_is_stored_and_counts_as_a_change(begin: Begin, clock: FakeClock) -> None:
    edition_id = a_coming(begin, clock)
    with begin() as session:
        control.approve(session, edition_id, now=clock.now)

    put(begin, clock, edition_id, replace(PLAN, second_subject="  Le port\nreprend "))

    with begin() as session:
        found, edition = find_subject_test(session, edition_id), get_edition(session, edition_id)
    assert found is not None
    assert (found.state, found.plan) == (SubjectTestState.PREPARED, PLAN)
    assert (edition.curation_version, edition.approved_at) == (1, None)


def test_a_test_is_replaced_and_removed(begin: Begin, clock: FakeClock) -> None:
    edition_id = a_coming(begin, clock)
    put(begin, clock, edition_id)
    other = replace(PLAN, second_subject="Autre chose", sample_percent=10)
    put(begin, clock, edition_id, other)

    with begin() as session:
        found = find_subject_test(session, edition_id)
        clear_subject_test(session, edition_id, Editor(seen=2), now=clock.now)

    assert found is not None
    assert found.plan == other
    with begin() as session:
        assert find_subject_test(session, edition_id) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"second_subject": " "}, "second subject"),
        ({"second_subject": "x" * 201}, "200 characters"),
        ({"sample_percent": 1}, "2 to 50 %"),
        ({"sample_percent": 51}, "2 to 50 %"),
        ({"wait": timedelta(minutes=14)}, "15 to 720 minutes"),
        ({"wait": timedelta(hours=13)}, "15 to 720 minutes"),
        ({"measure": Measure.OPENS}, "does not measure opens"),
    ],
)
def test_a_limit_that_is_not_kept_is_said_and_nothing_is_stored(
    begin: Begin, clock: FakeClock, change: dict[str, object], sentence: str
) -> None:
    edition_id = a_coming(begin, clock)

    with pytest.raises(Invalid, match=sentence):
        put(begin, clock, edition_id, replace(PLAN, **change))  # type: ignore[arg-type]

    with begin() as session:
        assert find_subject_test(session, edition_id) is None
        assert get_edition(session, edition_id).curation_version == 0


def test_a_test_leaves_the_others_half_of_the_time(begin: Begin, clock: FakeClock) -> None:
    edition_id = a_coming(begin, clock, valid_for=timedelta(hours=1))

    with pytest.raises(Invalid, match="15 to 30 minutes"):
        put(begin, clock, edition_id)


def test_opens_decide_where_the_newsletter_allows_it(begin: Begin, clock: FakeClock) -> None:
    edition_id = a_coming(begin, clock, measures_opens=True)

    put(begin, clock, edition_id, replace(PLAN, measure=Measure.OPENS))

    with begin() as session:
        found = find_subject_test(session, edition_id)
    assert found is not None
    assert found.plan.measure is Measure.OPENS


def test_another_editors_change_in_between_is_not_overwritten(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = a_coming(begin, clock)
    with begin() as session:
        curate.write_text(session, edition_id, {"subject": "A"}, Editor(), now=clock.now)

    with pytest.raises(EditedMeanwhile), begin() as session:
        set_subject_test(session, edition_id, PLAN, Editor(seen=0), now=clock.now)


def test_a_test_of_an_edition_that_is_sent_stays(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)

    with pytest.raises(Conflict, match="before its slot"):
        put(begin, clock, issue.edition_id)
    with pytest.raises(Conflict, match="before its slot"), begin() as session:
        clear_subject_test(session, issue.edition_id, Editor(), now=clock.now)
