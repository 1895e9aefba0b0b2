"""Whose lines stand in the log, and how often."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from service.kit.log import OURS, configure_logging, get_logger

Lines = Callable[[], list[dict[str, Any]]]


@contextmanager
def logging_to(capsys: pytest.CaptureFixture[str], *, level: str = "info") -> Iterator[Lines]:
    """Configure the log, give how to read it, and put everybody else's back."""
    root = logging.getLogger()  # noqa: TID251  The log itself is tried here.
    before, usual = root.handlers[:], root.level
    configure_logging(as_json=True, level=level)
    try:
        yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        root.handlers[:] = before
        root.setLevel(usual)
        for own in OURS:
            logging.getLogger(own).setLevel(logging.NOTSET)  # noqa: TID251  As above.
        structlog.reset_defaults()


def test_debugging_is_of_our_own_code_only(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(capsys, level="debug") as lines:
        get_logger("service.somewhere").debug("web.looked")
        get_logger("workers.somewhere").debug("worker.looked")
        for library in ("python_multipart.multipart", "asyncio", "some.library.of.tomorrow"):
            logging.getLogger(library).debug("each byte, also of a password")  # noqa: TID251
        found = lines()

    assert [line["event"] for line in found] == ["web.looked", "worker.looked"]


def test_a_quiet_log_is_quiet_for_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(capsys, level="error") as lines:
        get_logger("service.somewhere").warning("web.looked")
        logging.getLogger("some.library").warning("odd")  # noqa: TID251
        found = lines()

    assert found == []


def test_a_broker_that_is_away_is_complained_of_once_and_not_by_every_queue(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to(capsys) as lines:
        for queue in ("delivery", "editions", "notices"):
            consumer = logging.getLogger(f"dramatiq.worker.ConsumerThread({queue})")  # noqa: TID251
            consumer.critical("Consumer encountered a connection error: %s", "refused")
        (line,) = lines()

    assert line["event"] == "Consumer encountered a connection error: refused"


def test_work_that_fails_is_told_of_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(capsys) as lines:
        worker = logging.getLogger("dramatiq.worker.WorkerThread")  # noqa: TID251
        for message in ("build_edition(1)", "build_edition(2)"):
            worker.error("Failed to process message %s with unhandled exception.", message)

        assert len(lines()) == 2
