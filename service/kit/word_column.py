"""A column that holds one of a few words: text in the database, a member of its enum in Python.

A state, whose changes are checked, has a type of its own (`service.kit.state_column`).
"""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Dialect, Text
from sqlalchemy.types import TypeDecorator


class WordType(TypeDecorator[StrEnum]):
    """The type of a column that holds a word of one enum; stored as text."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        """`words`: the enum whose values the column may have."""
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return a word as text; raise ValueError for one that the enum lacks."""
        del dialect
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Return the member of the enum."""
        del dialect
        return None if value is None else self.words(value)


def word_constraint(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Return the constraint by which the database refuses any other word in a column."""
    listed = ", ".join(f"'{each.value}'" for each in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
