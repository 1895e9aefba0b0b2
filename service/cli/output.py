"""How a command prints data: a table for people, JSON for scripts, nothing else on stdout."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any


def print_json(data: object) -> None:
    """Print one JSON document on one line."""
    print(json.dumps(data, ensure_ascii=False, default=_plain))


def print_json_lines(rows: Iterable[object]) -> None:
    """Print one JSON document per row."""
    for row in rows:
        print_json(row)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; an empty one says so."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # A DNS record that ends in “…” cannot be published: long values are folded.
        table.add_column(column, overflow="fold")
    empty = True
    for row in rows:
        empty = False
        table.add_row(*map(_cell, row))
    if empty:
        print_line("Nothing to show yet.")
    else:
        # Titles and names are other people's words: “[/b]” or “:fire:” in them mean nothing here.
        Console(highlight=False, markup=False, emoji=False, soft_wrap=True).print(table)


def print_line(sentence: str) -> None:
    """Print a sentence."""
    print(sentence)


def print_warning(sentence: str) -> None:
    """Print a sentence on stderr, where it does not mix with what scripts read."""
    print(f"crieur: {sentence}", file=sys.stderr)


def plural(count: int, one: str, more: str) -> str:
    """Format a count with its noun: “1 reader is”, “2 readers are”."""
    return f"{count:,} {one if count == 1 else more}"


def format_instant(instant: datetime) -> str:
    """Format an instant to the minute in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _cell(value: object) -> str:
    """Write what a person reads: an instant to the minute, and the zone that it is in."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.tzinfo:
        return format_instant(value)
    if isinstance(value, timedelta):
        return format_duration(value)
    return str(value)


def format_duration(span: timedelta) -> str:
    """Format a duration: 14 days, 36 hours, 90 seconds."""
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
