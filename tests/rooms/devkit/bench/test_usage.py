"""What processes have cost is read from the system, children included."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.devkit.bench import usage

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")


def test_the_cost_of_a_process_grows_with_its_work() -> None:
    before = usage.cost_of(os.getpid())
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass

    after = usage.cost_of(os.getpid())

    assert before is not None
    assert after is not None
    assert after.cpu >= before.cpu + 0.05
    assert after.peak > 10_000_000


def test_children_count_while_they_live_and_when_they_were_waited_for() -> None:
    before = usage.cost_of(os.getpid())
    busy = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        during = usage.cost_of(os.getpid())
        child.communicate(b"\n")

    after = usage.cost_of(os.getpid())

    assert before is not None
    assert during is not None
    assert after is not None
    assert during.cpu >= before.cpu + 0.25
    assert after.cpu >= during.cpu
    assert usage.parent_of(os.getpid()) == os.getppid()


def test_nothing_is_known_of_a_process_that_is_not_there() -> None:
    assert usage.cost_of(2**22 + 1) is None
    assert usage.parent_of(2**22 + 1) is None
    assert usage.name_of(2**22 + 1) == ""
