"""The form of the log: what structlog does to each line. Loaded with the first line only."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from service.kit.scrub import scrub

_SECRET_KEYS = re.compile(r"(secret|password|token|authorization|cookie)", re.IGNORECASE)


def configure_structlog() -> None:
    """Send what is logged by structlog to the standard library's loggers."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Not cached: a logger that was used would go on with whatever was configured then, in tests
        # and in commands that configure twice; nothing is logged per mail.
        cache_logger_on_first_use=False,
    )


def formatter(*, as_json: bool) -> logging.Formatter:
    """Return what writes a line: JSON, or readable on a terminal."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrub_event,
    ]


def _scrub_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = "<hidden>"
        elif isinstance(value, str):
            event[key] = scrub(value)
    return event
