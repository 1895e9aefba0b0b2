"""The child of `service.kit.sandbox`: makes the calls that it receives, one after the other.

It has no environment, opens no file to write to, and its memory is limited. A timer that counts
processor time kills it in the middle of a call that takes too long, whatever that call is busy
with. It ends when its parent closes the pipe, or dies.
"""

import os
import pickle
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

HEAD = struct.Struct(">Q")

MEMORY = 1_000_000_000
"""Bytes of address space; what hostile input makes of them is a MemoryError, not a full machine."""

_FILES = 64


def main() -> None:
    """Serve until the pipe closes."""
    told, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints goes where errors go, not into an answer.
    os.dup2(2, 1)
    _confine()
    while (head := told.read(HEAD.size)) and len(head) == HEAD.size:
        size, seconds = HEAD.unpack(head)[0], float(HEAD.unpack(told.read(HEAD.size))[0]) / 1000
        answer = _answer(told.read(size), seconds=seconds)
        answers.write(HEAD.pack(len(answer)) + answer)
        answers.flush()


def _confine() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        resource.setrlimit(kind, (most, most))


def _answer(call: bytes, *, seconds: float) -> bytes:
    # Naming the function imports its module, which is not the input's fault; so before the timer.
    function, args, named = pickle.loads(call)  # noqa: S301  Our own parent wrote it.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return _pickled("returned", function(*args, **named))
    except MemoryError:
        return _pickled("memory", None)
    except Exception as error:  # noqa: BLE001  Raised again in the parent.
        return _pickled("raised", error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _pickled(how: str, what: object) -> bytes:
    try:
        packed = pickle.dumps((how, what), protocol=pickle.HIGHEST_PROTOCOL)
        if how == "raised":
            # Many an exception can be packed and not be made again from what was packed.
            pickle.loads(packed)  # noqa: S301  We have just written it.
    except Exception as error:  # noqa: BLE001  An exception of a library may not be picklable.
        return pickle.dumps(("broken", f"{type(what).__name__}: {type(error).__name__}"))
    return packed


def write_call(
    pipe: BinaryIO, call: tuple[Any, tuple[Any, ...], dict[str, Any]], *, seconds: float
) -> None:
    """Write a call the way `main` reads it."""
    told = pickle.dumps(call, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(HEAD.pack(len(told)) + HEAD.pack(round(seconds * 1000)) + told)
    pipe.flush()


if __name__ == "__main__":
    main()
