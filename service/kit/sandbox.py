"""Runs a pure function on untrusted input in a child process with resource limits.

A parser may need minutes of processor time for a few megabytes of hostile input, and meanwhile
every other thread of its process waits for the interpreter lock, also those that send mail. A
child process has its own lock and can be killed, which a thread cannot. Children are reused, and
replaced when they were killed or have served many calls.
"""

import atexit
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar, cast

from service.kit.errors import OperationRefused
from service.kit.log import get_logger
from service.kit.sandbox_child import HEAD, write_call
from service.kit.translatable import translatable

P = ParamSpec("P")
T = TypeVar("T")
log = get_logger(__name__)

CPU_SECONDS = 2.0
WALL_SECONDS = 30.0
"""Much more than the processor time: a busy machine must not fail an honest input."""

MAX_CONCURRENT = 2
"""Concurrent calls of one process: untrusted input never uses the whole machine."""

_MOST_CALLS = 500
_DYING_SECONDS = 5.0
_ROOT = str(Path(__file__).resolve().parents[2])


class SandboxLimitError(OperationRefused):
    """The input needs more time or memory than the sandbox allows."""


class SandboxResultError(OperationRefused):
    """What the function returned or raised cannot be pickled: a bug of ours."""


class _ChildDiedError(Exception):
    """A child ended during a call although it was within its limits."""


def sandboxed(
    function: Callable[P, T], *, cpu: float = CPU_SECONDS, wall: float = WALL_SECONDS
) -> Callable[P, T]:
    """Return the function as one that runs in a child: `sandboxed(read_feed)(data, url=url)`.

    It must be a module-level function with picklable arguments and result. Its exceptions are
    raised here.

    Raises:
        SandboxLimitError: it took more than `cpu` seconds of processor time, `wall` seconds by the
            clock, or more memory than a child may have; or it ended two children.
        SandboxResultError: what it returned or raised cannot be pickled.
    """

    def call(*args: P.args, **named: P.kwargs) -> T:
        with _slots:
            how, what = _ask((function, args, named), cpu=cpu, wall=wall)
        match how:
            case "returned":
                return cast("T", what)
            case "raised":
                raise cast("Exception", what)
            case "memory":
                raise SandboxLimitError(translatable("sandbox.memory"))
            case _:
                log.error("sandbox.result_failed", function=function.__qualname__, what=what)
                raise SandboxResultError(translatable("sandbox.failed", why=str(what)))

    return call


def _ask(call: tuple[Any, ...], *, cpu: float, wall: float) -> tuple[str, object]:
    """Make a call in a child, and once more if the child was killed from outside."""
    try:
        return _ask_one(call, cpu=cpu, wall=wall)
    except _ChildDiedError:
        log.warning("sandbox.child_died")
    try:
        return _ask_one(call, cpu=cpu, wall=wall)
    except _ChildDiedError:
        raise SandboxLimitError(translatable("sandbox.crashed")) from None


def _ask_one(call: tuple[Any, ...], *, cpu: float, wall: float) -> tuple[str, object]:
    child = _acquire()
    try:
        answer = child.ask(call, cpu=cpu, wall=wall)
    except BaseException:
        child.kill()
        raise
    _release(child)
    return answer


class _Child:
    """One process that serves calls."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-m", "service.kit.sandbox_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # No secret of ours is within reach of the parser.
            env={"PYTHONPATH": _ROOT, "PYTHONUTF8": "1", "PATH": os.defpath},
            start_new_session=True,
        )
        self.calls = 0
        self.made_by = os.getpid()

    def ask(self, call: tuple[Any, ...], *, cpu: float, wall: float) -> tuple[str, object]:
        """Make one call.

        Raises:
            SandboxLimitError: it took too long, or does not answer.
            _ChildDiedError: it ended for another reason.
        """
        self.calls += 1
        deadline = time.monotonic() + wall
        try:
            write_call(cast("Any", self._process.stdin), cast("Any", call), seconds=cpu)
            size = HEAD.unpack(self._read(HEAD.size, deadline))[0]
            answer = self._read(size, deadline)
        except TimeoutError:
            raise _too_long(wall) from None
        except (OSError, EOFError):
            if self._end() == -signal.SIGPROF:
                raise _too_long(cpu) from None
            raise _ChildDiedError from None
        return cast("tuple[str, object]", pickle.loads(answer))  # noqa: S301  Our child wrote it.

    def is_alive(self) -> bool:
        """Return whether it can serve another call."""
        return self._process.poll() is None and self.calls < _MOST_CALLS

    def kill(self) -> None:
        """Kill it immediately and wait for its end."""
        self._process.kill()
        self._process.communicate()

    def _end(self) -> int | None:
        """Return its exit code; None when it does not end in time."""
        try:
            return self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def _read(self, size: int, deadline: float) -> bytes:
        pipe = cast("IO[bytes]", self._process.stdout).fileno()
        read = bytearray()
        while len(read) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise TimeoutError
            part = os.read(pipe, min(size - len(read), 1_000_000))
            if not part:
                raise EOFError
            read += part
        return bytes(read)


def _too_long(seconds: float) -> SandboxLimitError:
    return SandboxLimitError(translatable("sandbox.time", seconds=f"{seconds:g}"))


_slots = threading.BoundedSemaphore(MAX_CONCURRENT)
_idle: list[_Child] = []


def _acquire() -> _Child:
    while True:
        try:
            child = _idle.pop()
        except IndexError:
            return _Child()
        if child.made_by != os.getpid():
            # This process is a copy of the one that owns it.
            continue
        if child.is_alive():
            return child
        child.kill()


def _release(child: _Child) -> None:
    _idle.append(child)


@atexit.register
def _end_all() -> None:
    while _idle:
        child = _idle.pop()
        if child.made_by == os.getpid():
            child.kill()
