"""What tests of the sandbox have done in a child."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from service.kit.errors import OperationRefused


def doubled(number: int) -> int:
    return 2 * number


def refuse(sentence: str) -> None:
    raise OperationRefused(sentence)


def own_pid() -> int:
    return os.getpid()


def burn() -> None:
    while True:
        pass


def wait() -> None:
    threading.Event().wait()


def hoard() -> int:
    return len(bytearray(8_000_000_000))


def environment() -> list[str]:
    return list(os.environ)  # noqa: TID251  That is the question.


def write(place: str) -> None:
    Path(place).write_text("secret")


class TwoWordsError(Exception):
    """It takes two words and is made again from one."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


class LockedError(Exception):
    """It holds what cannot be packed."""

    def __init__(self) -> None:
        super().__init__(threading.Lock())


def raise_two_words() -> None:
    raise TwoWordsError("a", "b")


def raise_locked() -> None:
    raise LockedError


def return_locked() -> object:
    return threading.Lock()


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def print_and_return(sentence: str) -> str:
    sys.stdout.write(sentence)
    return sentence


def burn_for(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
