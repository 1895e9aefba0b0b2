"""What the log looks like: JSON in production, readable on a terminal, no addresses anywhere."""

import logging
import math
import re
import sys
from collections.abc import MutableMapping
from time import monotonic
from typing import Any

import structlog

_ADDRESS = re.compile(r"[^\s<>\"'@,;:=]+@[^\s<>\"'@,;:=]+\.[^\s<>\"'@,;:=]+")
_SECRET_KEYS = re.compile(r"(secret|password|token|authorization|cookie)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


OURS = ("service", "workers", "crieur")
"""Whom `debug` is about: what libraries tell of each byte holds secrets, and takes seconds."""

CHATTY = (
    *("alembic", "httpx2", "httpcore2", "premailer", "cssutils", "CSSUTILS"),
    *("uvicorn.error", "dramatiq"),
)


STRANGERS = ("mail.log",)
"""They tell of each mistake that anybody makes at our door, with the address it came from."""


REPETITIVE = "dramatiq.worker.ConsumerThread"

TOLD_EVERY = 60.0
"""Seconds."""


def scrub(text: str) -> str:
    """Hide mail addresses and the user part of URLs in a text meant for the log."""
    return _ADDRESS.sub("<address>", _CREDENTIALS.sub("<credentials>@", text))


def _scrub_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = "<hidden>"
        elif isinstance(value, str):
            event[key] = scrub(value)
    return event


class _Seldom(logging.Filter):
    """Lets dramatiq complain once a minute, and not a line a queue every three seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(REPETITIVE):
            return True
        # Its queues each have a logger of their own, and the same sentence with the same error.
        sentence, now = str(record.msg), monotonic()
        if now - self._told.get(sentence, -math.inf) < TOLD_EVERY:
            return False
        self._told[sentence] = now
        return True


def configure(*, as_json: bool | None, level: str = "info") -> None:
    """Send structlog and the standard library's loggers to stderr in one form.

    `as_json=None` decides by itself: readable on a terminal, JSON anywhere else.
    """
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrub_event,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Not cached: a logger that was used would go on with whatever was configured then, in tests
        # and in commands that configure twice; nothing is logged per mail.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    handler.addFilter(_Seldom())
    root = logging.getLogger()  # noqa: TID251  This is where the standard loggers are tamed.
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelName(level.upper())))
    for own in OURS:
        logging.getLogger(own).setLevel(level.upper())  # noqa: TID251  As above.
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)  # noqa: TID251  As above.
    for strange in STRANGERS:
        logging.getLogger(strange).setLevel(logging.ERROR)  # noqa: TID251  As above.
