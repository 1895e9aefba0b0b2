"""How a command shows data: a table for people, JSON for scripts, nothing else on stdout."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

_out = Console(highlight=False, soft_wrap=True)


def as_json(data: object) -> None:
    """Print one JSON document on one line."""
    print(json.dumps(data, ensure_ascii=False, default=_plain))


def as_lines(rows: Iterable[object]) -> None:
    """Print one JSON document per row."""
    for row in rows:
        as_json(row)


def as_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; an empty one says so."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    empty = True
    for row in rows:
        empty = False
        table.add_row(*("" if value is None else str(value) for value in row))
    if empty:
        say("Nothing to show yet.")
    else:
        _out.print(table)


def say(sentence: str) -> None:
    """Print a sentence."""
    _out.print(sentence, markup=False)


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
