"""The supervisor with real processes."""

import io
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from service.devkit.processes import DaemonCommand, Supervisor

DRAINS = """
import signal, sys, threading
done = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: done.set())
print("ready", flush=True)
done.wait()
print("drained", flush=True)
"""
DEAF = """
import signal, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
threading.Event().wait()
"""
SUPERVISED_AND_KILLED = """
import os, sys
from service.devkit.processes import DaemonCommand, Supervisor
code = "import os, threading; print(os.getpid(), flush=True); threading.Event().wait()"
child = DaemonCommand(name="child", argv=[sys.executable, "-c", code], env={})
Supervisor([child], out=sys.stdout).run_until_stopped()
"""


def test_commands_drain_when_asked_and_their_lines_carry_their_names() -> None:
    out = _Output()
    supervisor = Supervisor([_python("one", DRAINS), _python("two", DRAINS)], out=out)

    supervisor.start()
    out.wait_for("one        | ready", "two        | ready")
    supervisor.stop()

    assert "one        | drained\n" in out.getvalue()
    assert "two        | drained\n" in out.getvalue()
    assert supervisor.deaths == 0


def test_a_command_that_dies_is_started_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    dies_once = (
        "import os, pathlib, sys\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "if not mark.exists():\n"
        "    mark.touch(); print('dying', flush=True); os._exit(3)\n"
    ) + DRAINS
    out = _Output()

    with Supervisor([_python("frail", dies_once)], out=out) as supervisor:
        out.wait_for("frail      | dying", "frail      | ready")

    assert supervisor.deaths == 1


def test_a_command_that_does_not_end_is_killed_after_the_grace() -> None:
    out = _Output()
    supervisor = Supervisor([_python("deaf", DEAF)], out=out, grace=0.3)

    supervisor.start()
    out.wait_for("ready")
    begun = time.monotonic()
    supervisor.stop()

    # Whoever says no grace gives half a minute.
    assert 0.2 < time.monotonic() - begun < 25


def test_a_command_that_ends_while_all_are_stopped_does_no_harm() -> None:
    out = _Output()
    supervisor = Supervisor([_python("brief", "print('bye')"), _python("one", DRAINS)], out=out)

    supervisor.start()
    out.wait_for("brief      | bye", "one        | ready")
    supervisor.stop()

    assert "one        | drained\n" in out.getvalue()


def test_grandchildren_of_a_dead_command_go_with_it() -> None:
    leaves_one = (
        "import os, subprocess; print(subprocess.Popen(['/bin/sleep', '60']).pid, flush=True)"
    )
    out = _Output()

    with Supervisor([_python("parent", leaves_one)], out=out):
        out.wait_for("\n")
        pid = int(out.getvalue().split("|")[1].split()[0])

    assert not Path(f"/proc/{pid}").exists() or "sleep" not in _command_of(pid)


def test_the_tender_is_called_while_commands_run() -> None:
    tended = threading.Event()

    with Supervisor([_python("one", DRAINS)], out=_Output(), tend=tended.set):
        assert tended.wait(10)


def test_children_do_not_outlive_a_killed_supervisor() -> None:
    parent = _start(SUPERVISED_AND_KILLED)
    assert parent.stdout is not None
    child = int(parent.stdout.readline().split(b"|")[1])
    handle = os.pidfd_open(child)

    parent.kill()
    parent.wait()

    assert _readable(handle)
    os.close(handle)
    parent.stdout.close()


def test_a_second_interrupt_does_not_wait_for_the_grace() -> None:
    script = SUPERVISED_AND_KILLED.replace(
        "import os, threading;",
        "import os, signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN);",
    )
    parent = _start(script)
    assert parent.stdout is not None
    parent.stdout.readline()

    parent.send_signal(signal.SIGINT)
    late = False
    try:
        parent.wait(timeout=1)
    except subprocess.TimeoutExpired:
        late = True
    parent.send_signal(signal.SIGINT)

    assert late
    assert parent.wait(timeout=10) == 0
    parent.stdout.close()


class _Output(io.StringIO):
    """A stream that a test can wait on."""

    def __init__(self) -> None:
        super().__init__()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def wait_for(self, *words: str) -> None:
        def all_there() -> bool:
            return all(word in self.getvalue() for word in words)

        predicate: Callable[[], bool] = all_there
        with self._written:
            assert self._written.wait_for(predicate, timeout=20), self.getvalue()


def _python(name: str, code: str) -> DaemonCommand:
    return DaemonCommand(name=name, argv=[sys.executable, "-c", code], env={})


def _start(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)


def _readable(handle: int) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(10_000))


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""
