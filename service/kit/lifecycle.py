"""Pure: the states of a thing, the transitions between them, and the one check of both.

Every room whose rows have states describes them by one `Lifecycle`, and every change goes through
it. A mapped row checks each assignment itself (`service.kit.state_column`). A statement that
changes many rows names the states that they may come from by `sql_from`, which is checked when the
module is imported: a row that has moved on in the meantime is left alone. A state machine that is
only prose is obeyed until the first hurried verb.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
_PLAIN = re.compile(r"[a-z_]+\Z")


class IllegalTransitionError(Exception):
    """A verb wanted a transition that the lifecycle does not have: a fault in our code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Generic[S]):
    """A state machine: what it is of, its transitions, and where a thing may rest for ever."""

    thing: str
    transitions: Mapping[S, frozenset[S]]
    """From each state to those that may follow; the first key is where everything starts."""
    final: frozenset[S] = frozenset()
    stored_as: Mapping[S, S] = field(default_factory=dict)
    """States that a row does not hold itself, and the one that it holds instead."""

    @property
    def initial(self) -> S:
        """The state in which a thing comes into being."""
        return next(iter(self.transitions))

    def allows(self, before: S, after: S) -> bool:
        """Return whether `after` may follow `before`; a state never follows itself."""
        return after in self.transitions[before]

    def transition(self, before: S | None, after: S) -> S:
        """Return `after` if it may follow `before` (None: the thing is new).

        Raises:
            IllegalTransitionError: there is no such transition.
        """
        if before is None:
            if after != self.initial:
                raise IllegalTransitionError(f"{self.thing}: cannot begin as {after}")
        elif not self.allows(before, after):
            raise IllegalTransitionError(f"{self.thing}: {before} cannot become {after}")
        return after

    @property
    def final_states(self) -> tuple[S, ...]:
        """The states of `final`, in their order."""
        return tuple(state for state in self.transitions if state in self.final)

    def stored(self, states: Iterable[S]) -> tuple[S, ...]:
        """Return the states that rows in any of `states` hold, each once."""
        return tuple(dict.fromkeys(self.stored_as.get(state, state) for state in states))

    def sql_from(self, *before: S, to: S | tuple[S, ...]) -> str:
        """Return `before`, as rows hold it, as a list for SQL text: `('pending', 'deferred')`.

        For the condition of a statement that sets the state to `to`, or to one of them.

        Raises:
            IllegalTransitionError: one of `before` cannot become one of `to`.
        """
        for after in to if isinstance(to, tuple) else (to,):
            for state in before:
                self.transition(state, after)
        return sql_list(self.stored(before), or_else=f"{self.thing}: nothing leads to {to}")

    def sql_states(self) -> str:
        """Return every state that a row can hold, as a list for SQL text."""
        return sql_list(self.stored(self.transitions), or_else=f"{self.thing}: has no states")


def sql_list(states: Iterable[StrEnum], *, or_else: str = "no such states") -> str:
    """Return states as a parenthesised list of SQL literals; they are names of our own.

    Raises:
        IllegalTransitionError: there is none, or one is not a plain word.
    """
    names = [str(state) for state in states]
    if not names or not all(_PLAIN.match(name) for name in names):
        raise IllegalTransitionError(or_else)
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"
