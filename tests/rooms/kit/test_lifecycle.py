"""One check for every change of a state, in memory and in SQL."""

from dataclasses import replace
from enum import StrEnum

import pytest

from service.kit.lifecycle import IllegalTransitionError, Lifecycle


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    BRICKED_UP = "bricked_up"


DOOR = Lifecycle(
    thing="door",
    transitions={
        Door.OPEN: frozenset({Door.SHUT}),
        Door.SHUT: frozenset({Door.OPEN, Door.LOCKED, Door.BRICKED_UP}),
        Door.LOCKED: frozenset({Door.SHUT, Door.BRICKED_UP}),
        Door.BRICKED_UP: frozenset(),
    },
    final=frozenset({Door.BRICKED_UP}),
)


def test_a_transition_that_exists_returns_the_state_after_it() -> None:
    assert DOOR.transition(Door.OPEN, Door.SHUT) is Door.SHUT


@pytest.mark.parametrize(
    ("before", "after"),
    [(Door.OPEN, Door.LOCKED), (Door.OPEN, Door.OPEN), (Door.BRICKED_UP, Door.OPEN)],
)
def test_any_other_is_refused_with_both_states(before: Door, after: Door) -> None:
    with pytest.raises(IllegalTransitionError, match=f"door: {before} cannot become {after}"):
        DOOR.transition(before, after)


def test_a_new_thing_begins_in_the_first_state_only() -> None:
    assert DOOR.transition(None, Door.OPEN) is DOOR.initial
    with pytest.raises(IllegalTransitionError, match="cannot begin as shut"):
        DOOR.transition(None, Door.SHUT)


def test_a_statement_names_where_its_rows_may_come_from() -> None:
    assert DOOR.sql_from(Door.SHUT, Door.LOCKED, to=Door.BRICKED_UP) == "('shut', 'locked')"
    assert DOOR.sql_from(Door.SHUT, to=(Door.OPEN, Door.LOCKED)) == "('shut')"


def test_a_statement_that_would_make_no_transition_is_refused_when_it_is_written() -> None:
    with pytest.raises(IllegalTransitionError, match="door: open cannot become locked"):
        DOOR.sql_from(Door.SHUT, Door.OPEN, to=Door.LOCKED)
    with pytest.raises(IllegalTransitionError, match="nothing leads to open"):
        DOOR.sql_from(to=Door.OPEN)


def test_a_state_that_rows_do_not_hold_is_named_as_they_hold_it() -> None:
    latched = replace(DOOR, stored_as={Door.LOCKED: Door.SHUT})

    assert latched.sql_from(Door.LOCKED, Door.SHUT, to=Door.BRICKED_UP) == "('shut')"
    assert latched.sql_states() == "('open', 'shut', 'bricked_up')"
