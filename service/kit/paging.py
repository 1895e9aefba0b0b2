"""Keyset pages: long lists are walked by the last key seen, never by an offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysetPage(Generic[T]):
    """Some rows, and where the next page starts (None at the end)."""

    rows: Sequence[T]
    after: int | None


def make_page(rows: Sequence[T], keys: Sequence[int], *, size: int) -> KeysetPage[T]:
    """Make a page from a query that asked for `size + 1` rows."""
    return KeysetPage(rows=rows[:size], after=keys[size - 1] if len(rows) > size else None)
