"""Kills the servers under a stack, by the process id that they wrote down themselves."""

import os
import select
import signal

from tests.faults.stack import Stack

PID_FILES = {"postgres": "postmaster.pid", "valkey": "valkey.pid"}


def kill_servers(stack: Stack, *names: str) -> None:
    """Kill -9, and return when the process is gone."""
    for name in names:
        path = stack.servers.data_dir / name / PID_FILES[name]
        handle = os.pidfd_open(int(path.read_text("utf-8").split()[0]))
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        assert poll.poll(10_000)
        os.close(handle)
