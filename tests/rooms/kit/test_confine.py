"""Hostile input costs a child its life, and nobody else more than a moment."""

import os
import time
from pathlib import Path

import pytest

from service.kit.confine import TooMuchError, confined
from service.kit.errors import Refused
from tests.rooms.kit import confined_calls as calls


def test_it_returns_and_raises_what_the_function_does() -> None:
    assert confined(calls.doubled)(21) == 42
    with pytest.raises(Refused, match="no feed"):
        confined(calls.refuse)("no feed")


def test_it_runs_elsewhere_and_the_child_is_kept() -> None:
    first, second = confined(calls.own_pid)(), confined(calls.own_pid)()

    assert first == second
    assert first != os.getpid()


def test_processor_time_is_limited_and_the_next_call_is_served() -> None:
    began = time.monotonic()

    with pytest.raises(TooMuchError, match="to be read"):
        confined(calls.burn, cpu=0.2)()

    assert time.monotonic() - began < 20
    assert confined(calls.doubled)(1) == 2


def test_waiting_is_limited_too() -> None:
    with pytest.raises(TooMuchError):
        confined(calls.wait, wall=0.2)()


def test_memory_is_limited() -> None:
    with pytest.raises(TooMuchError, match="memory"):
        confined(calls.hoard)()


def test_it_has_no_secrets_and_writes_no_files(tmp_path: Path) -> None:
    assert not [name for name in confined(calls.environment)() if name.startswith("CRIEUR")]
    with pytest.raises(OSError, match="large"):
        confined(calls.write)(str(tmp_path / "file"))
