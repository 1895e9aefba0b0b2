"""Hostile input costs a child its life, and nobody else more than a moment."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.kit import confine
from service.kit.confine import BrokenAnswerError, TooMuchError, confined
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
    with pytest.raises(BrokenAnswerError, match=f"our fault .{named}: TypeError"):
        confined(call)()

    assert confined(calls.doubled)(1) == 2


def test_a_child_that_somebody_kills_costs_nothing_but_a_second_try() -> None:
    child = confined(calls.own_pid)()
    # It takes no call any more, and may be given one.
    os.kill(child, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(confined(calls.doubled), 21)
        while confine._idle:
            time.sleep(0)
        os.kill(child, signal.SIGKILL)

        assert answer.result() == 42


def test_what_kills_every_child_is_not_tried_for_ever() -> None:
    with pytest.raises(TooMuchError, match="again and again"):
        confined(calls.be_killed)()

    assert confined(calls.doubled)(1) == 2
