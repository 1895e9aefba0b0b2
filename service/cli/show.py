"""How a command shows data: a table for people, JSON for scripts, nothing else on stdout."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any


def as_json(data: object) -> None:
    """Print one JSON document on one line."""
    print(json.dumps(data, ensure_ascii=False, default=_plain))


def as_lines(rows: Iterable[object]) -> None:
    """Print one JSON document per row."""
    for row in rows:
        as_json(row)


def as_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; an empty one says so."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # A DNS record that ends in “…” cannot be published: what is too long goes on below.
        table.add_column(column, overflow="fold")
    empty = True
    for row in rows:
        empty = False
        table.add_row(*map(_cell, row))
    if empty:
        say("Nothing to show yet.")
    else:
        # Titles and names are other people's words: “[/b]” or “:fire:” in them mean nothing here.
        Console(highlight=False, markup=False, emoji=False, soft_wrap=True).print(table)


def say(sentence: str) -> None:
    """Print a sentence."""
    print(sentence)


def many(count: int, one: str, more: str) -> str:
    """Write a number and what there are so many of: “1 reader is”, “2 readers are”."""
    return f"{count:,} {one if count == 1 else more}"


def as_moment(instant: datetime) -> str:
    """Write an instant as a person reads it."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _cell(value: object) -> str:
    """Write what a person reads: an instant to the minute, and the zone that it is in."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo:
        return as_moment(value)
    if isinstance(value, timedelta):
        return as_span(value)
    return str(value)


def as_span(span: timedelta) -> str:
    """Write a length of time as a person says it: 14 days, 36 hours, 90 seconds."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        # A day is said in hours, as the forms do.
        if span.total_seconds() % length == 0 and span.total_seconds() > length:
            return f"{span.total_seconds() / length:,.0f} {unit}s"
    return f"{span.total_seconds():g} seconds"


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
