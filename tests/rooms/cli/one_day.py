"""Asks another process about today, which has a clock of its own."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from service.kit.clock import system_clock

T = TypeVar("T")


def on_one_day(ask: Callable[[date], T]) -> T:
    """Return the answer of a day (UTC) that had not ended when it came."""
    while True:
        today = system_clock().date()
        answer = ask(today)
        if system_clock().date() == today:
            return answer
