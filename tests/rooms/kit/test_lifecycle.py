"""One check for every change of a state, in memory and in SQL."""

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


def test_statements_get_the_states_from_which_all_targets_can_be_reached() -> None:
    assert DOOR.sources(Door.BRICKED_UP) == (Door.SHUT, Door.LOCKED)
    assert DOOR.sources(Door.SHUT, Door.BRICKED_UP) == (Door.LOCKED,)
    assert DOOR.sql_sources(Door.BRICKED_UP) == "('shut', 'locked')"


def test_a_statement_that_could_change_nothing_is_refused_when_it_is_written() -> None:
    with pytest.raises(IllegalTransitionError, match="nothing leads to"):
        DOOR.sql_sources(Door.OPEN, Door.LOCKED, Door.SHUT)
