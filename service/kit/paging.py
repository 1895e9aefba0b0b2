"""Keyset pages: long lists are walked by the last key seen, never by an offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows, and where the next page starts (None at the end)."""

    rows: Sequence[T]
    after: int | None


def page_of(rows: Sequence[T], keys: Sequence[int], *, size: int) -> Page[T]:
    """Make a page from a query that asked for `size + 1` rows."""
    return Page(rows=rows[:size], after=keys[size - 1] if len(rows) > size else None)
