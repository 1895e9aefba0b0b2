"""A child of the sandbox, asked over its pipes: it answers each call, or dies of what it takes."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

import pytest

from service.kit.errors import OperationRefused
from service.kit.sandbox_child import HEAD, write_call
from tests.rooms.kit import sandbox_calls as calls

PATIENCE = 60
"""Seconds in which a child ends, on a busy machine, too."""


class Child:
    """A child process and the two ends of its pipes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service.kit.sandbox_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @property
    def stdin(self) -> IO[bytes]:
        return cast("IO[bytes]", self.process.stdin)

    def ask(self, function: Callable[..., object], *args: object, seconds: float = 30) -> Any:
        """Make a call; return how it ended and what it gave, or None if the child has died."""
        write_call(cast("Any", self.stdin), (function, args, {}), seconds=seconds)
        answers = cast("IO[bytes]", self.process.stdout)
        head = answers.read(HEAD.size)
        return pickle.loads(answers.read(*HEAD.unpack(head))) if head else None


@pytest.fixture
def child() -> Iterator[Child]:
    running = Child()
    with running.process:
        yield running
        running.process.kill()


def test_calls_are_answered_one_after_the_other_by_one_process(child: Child) -> None:
    """To start a process costs more than to parse a feed."""
    answers = [child.ask(calls.doubled, 21), child.ask(calls.own_pid), child.ask(calls.doubled, 1)]

    assert answers == [("returned", 42), ("returned", child.process.pid), ("returned", 2)]


def test_what_a_library_prints_is_no_part_of_an_answer(child: Child) -> None:
    """A parser that warns on stdout would otherwise break every later answer."""
    assert child.ask(calls.print_and_return, "a warning") == ("returned", "a warning")

    assert child.process.communicate(timeout=PATIENCE)[1] == b"a warning"


def test_an_error_comes_back_as_it_was_raised(child: Child) -> None:
    """The sentence for the operator is in the exception."""
    how, error = child.ask(calls.refuse, "no feed")

    assert (how, type(error), str(error)) == ("raised", OperationRefused, "no feed")


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (calls.raise_two_words, "TwoWordsError: TypeError"),
        (calls.raise_locked, "LockedError: TypeError"),
        (calls.return_locked, "lock: TypeError"),
    ],
)
def test_what_cannot_be_packed_and_unpacked_is_named(
    child: Child, call: Callable[[], object], named: str
) -> None:
    """An error that breaks while it is unpacked would break the parent instead."""
    assert child.ask(call) == ("broken", named)


def test_a_call_that_wants_too_much_memory_is_told_and_the_child_serves_on(child: Child) -> None:
    """The machine must not swap because of one feed."""
    assert child.ask(calls.hoard) == ("memory", None)
    assert child.ask(calls.doubled, 1) == ("returned", 2)


def test_a_call_that_takes_too_much_of_the_processor_kills_its_child(child: Child) -> None:
    """Nothing else ends a regular expression that goes astray."""
    assert child.ask(calls.burn, seconds=0.2) is None

    assert child.process.wait(PATIENCE) == -signal.SIGPROF


def test_time_that_one_call_left_over_does_not_count_against_the_next(child: Child) -> None:
    """A child serves hundreds of calls, whose times must not add up."""
    for _ in range(3):
        assert child.ask(calls.burn_for, 0.2, seconds=0.4) == ("returned", None)


def test_no_file_is_written(child: Child, tmp_path: Any) -> None:
    """Whoever takes a parser over must not leave anything on the disk."""
    how, error = child.ask(calls.write, str(tmp_path / "file"))

    assert (how, type(error)) == ("raised", OSError)


@pytest.mark.parametrize("rest", [b"", b"\x00\x00"])
def test_it_ends_when_its_parent_is_gone(child: Child, rest: bytes) -> None:
    """A killed worker leaves no processes behind, wherever it was in its sentence."""
    child.stdin.write(rest)
    child.stdin.close()

    assert child.process.wait(PATIENCE) == 0


def test_an_interrupt_is_left_to_the_parent(child: Child) -> None:
    """Ctrl-C reaches every process of a terminal; the worker drains, and needs its child."""
    child.ask(calls.doubled, 1)
    child.process.send_signal(signal.SIGINT)

    assert child.ask(calls.doubled, 21) == ("returned", 42)
