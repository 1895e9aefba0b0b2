"""Pure: the states of a thing, the transitions between them, and the one check of both.

Every room whose rows have states describes them by one `Lifecycle`, and every change goes through
it: `transition` for a row in memory, `sources` for a statement that changes many (`WHERE state IN
…`), so that a row which has moved on in the meantime is left alone. A state machine that is only
prose is obeyed until the first hurried verb.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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

    def sources(self, *after: S) -> tuple[S, ...]:
        """Return the states from which every state of `after` may be reached, in their order."""
        return tuple(
            before
            for before, targets in self.transitions.items()
            if all(state in targets for state in after)
        )

    def sql_sources(self, *after: S) -> str:
        """Return `sources` as a list for SQL text: `('pending', 'deferred')`.

        Raises:
            IllegalTransitionError: no state leads to all of `after`.
        """
        return sql_list(self.sources(*after), or_else=f"{self.thing}: nothing leads to {after}")


def sql_list(states: tuple[StrEnum, ...], *, or_else: str) -> str:
    """Return states as a parenthesised list of SQL literals; they are names of our own."""
    if not states or not all(_PLAIN.match(state) for state in states):
        raise IllegalTransitionError(or_else)
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"
