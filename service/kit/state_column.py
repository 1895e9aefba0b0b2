"""A column that holds a state: text in the database, a state in Python, checked when assigned.

`state: Mapped[EditionState] = mapped_column(StateType(EDITION))` is all that a mapped class says.
An assignment to the attribute makes a transition of the lifecycle, or gets an error; a new row
begins in the first state. Statements that set the column name their lifecycle themselves.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Dialect, Text, event
from sqlalchemy.orm import ColumnProperty, LoaderCallableStatus, QueryableAttribute
from sqlalchemy.types import TypeDecorator

from service.kit.db import Base
from service.kit.lifecycle import Lifecycle


class StateType(TypeDecorator[StrEnum]):
    """The type of a column that holds a state of one lifecycle; stored as text."""

    impl = Text
    cache_ok = True

    def __init__(self, lifecycle: Lifecycle[Any]) -> None:
        """`lifecycle`: the states, and the transitions that an assignment may make."""
        super().__init__()
        self.states: type[StrEnum] = type(lifecycle.initial)
        # Not a part of the cache key: statements differ by the states alone.
        self._lifecycle = lifecycle

    @property
    def lifecycle(self) -> Lifecycle[Any]:
        """The lifecycle whose states the column holds."""
        return self._lifecycle

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return a state as text; raise ValueError for a word that is no state."""
        del dialect
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the state that a column's text names."""
        del dialect
        return None if value is None else self.states(value)


def state_constraint(lifecycle: Lifecycle[Any]) -> CheckConstraint:
    """Return the constraint by which the database refuses any other word in column `state`."""
    return CheckConstraint(f"state IN {lifecycle.sql_states()}", name="state")


@event.listens_for(Base, "attribute_instrument", propagate=True)
def _check_assignments(owner: type, key: str, attribute: QueryableAttribute[Any]) -> None:
    del owner, key
    if not isinstance(attribute.property, ColumnProperty):
        return
    column_type = attribute.property.columns[0].type
    if not isinstance(column_type, StateType):
        return
    lifecycle, states = column_type.lifecycle, column_type.states

    def check(target: object, value: str, before: Any, initiator: object) -> StrEnum:
        del target, initiator
        is_new = before is LoaderCallableStatus.NO_VALUE or before is None
        state = states(value)
        lifecycle.transition(None if is_new else states(before), state)
        return state

    # The state before is loaded if it is unknown.
    event.listen(attribute, "set", check, retval=True, active_history=True)
