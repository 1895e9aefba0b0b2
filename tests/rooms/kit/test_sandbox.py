"""Hostile input costs a child its life, and nobody else more than a moment."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.kit import sandbox
from service.kit.errors import OperationRefused
from service.kit.sandbox import SandboxLimitError, SandboxResultError, sandboxed
from tests.rooms.kit import sandbox_calls as calls


def test_it_returns_and_raises_what_the_function_does() -> None:
    assert sandboxed(calls.doubled)(21) == 42
    with pytest.raises(OperationRefused, match="no feed"):
        sandboxed(calls.refuse)("no feed")


def test_it_runs_elsewhere_and_the_child_is_kept() -> None:
    first, second = sandboxed(calls.own_pid)(), sandboxed(calls.own_pid)()

    assert first == second
    assert first != os.getpid()


def test_processor_time_is_limited_and_the_next_call_is_served() -> None:
    began = time.monotonic()

    with pytest.raises(SandboxLimitError, match="to be read"):
        sandboxed(calls.burn, cpu=0.2)()

    assert time.monotonic() - began < 20
    assert sandboxed(calls.doubled)(1) == 2


def test_waiting_is_limited_too() -> None:
    with pytest.raises(SandboxLimitError):
        sandboxed(calls.wait, wall=0.2)()


def test_memory_is_limited() -> None:
    with pytest.raises(SandboxLimitError, match="memory"):
        sandboxed(calls.hoard)()


def test_it_has_no_secrets_and_writes_no_files(tmp_path: Path) -> None:
    assert not [name for name in sandboxed(calls.environment)() if name.startswith("CRIEUR")]
    with pytest.raises(OSError, match="large"):
        sandboxed(calls.write)(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (calls.raise_two_words, "TwoWordsError"),
        (calls.raise_locked, "LockedError"),
        (calls.return_locked, "lock"),
    ],
)
def test_an_answer_that_cannot_be_brought_here_is_told_as_our_fault(
    call: Callable[[], object], named: str
) -> None:
    with pytest.raises(SandboxResultError, match=f"error in Crieur .{named}: TypeError"):
        sandboxed(call)()

    assert sandboxed(calls.doubled)(1) == 2


def test_a_child_that_somebody_kills_costs_nothing_but_a_second_try() -> None:
    child = sandboxed(calls.own_pid)()
    # It takes no call any more, and may be given one.
    os.kill(child, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sandboxed(calls.doubled), 21)
        while sandbox._idle:
            time.sleep(0)
        os.kill(child, signal.SIGKILL)

        assert answer.result() == 42


def test_what_kills_every_child_is_not_tried_for_ever() -> None:
    with pytest.raises(SandboxLimitError, match="crashes every time"):
        sandboxed(calls.be_killed)()

    assert sandboxed(calls.doubled)(1) == 2
