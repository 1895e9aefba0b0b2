"""A stack to hurt, one at a time on this machine, and how many mails a fault is tried with."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.stack import CALM_LEASE_SECONDS, LEASE_SECONDS, Stack

MakeStack = Callable[..., Stack]
MAILS_IN_CI = 5_000


@contextmanager
def _alone() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "crieur-faults.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def alone() -> Iterator[None]:
    """Faults are about time: two stacks on two cores would hurt each other."""
    with _alone():
        yield


@pytest.fixture
def make_stack(alone: None) -> Iterator[MakeStack]:
    """Make a stack that ends with the test."""
    with ExitStack() as stacks:
        yield lambda **changes: stacks.enter_context(Stack(**changes))


@pytest.fixture
def stack(request: pytest.FixtureRequest, make_stack: MakeStack) -> Stack:
    """A stack as it comes; a file may have LEASE_SECONDS of its own."""
    lease_seconds = getattr(request.module, "LEASE_SECONDS", LEASE_SECONDS)
    return make_stack(lease_seconds=lease_seconds)


@pytest.fixture(scope="module")
def shared_stack() -> Iterator[Stack]:
    """One for all tests of a file, which hurt nothing that the next one needs."""
    with _alone(), Stack(lease_seconds=CALM_LEASE_SECONDS) as stack:
        yield stack


@pytest.fixture
def mails() -> int:
    """Return how many mails an edition has: FAULTS_N in the long form."""
    return int(os.environ.get("FAULTS_N") or MAILS_IN_CI)  # noqa: TID251  Only the tests read it.
