"""The log: who writes into it, where it goes, and no addresses anywhere.

structlog gives it its form (`log_format`). Loading that takes a tenth of a command's start, and
most commands log nothing: it waits for the first line.
"""

import logging
import math
import sys
from time import monotonic

OURS = ("service", "workers", "crieur")
"""Whom `debug` is about: what libraries tell of each byte holds secrets, and takes seconds."""

CHATTY = (
    *("alembic", "httpx2", "httpcore2", "premailer", "cssutils", "CSSUTILS"),
    *("uvicorn.error", "dramatiq"),
)


STRANGERS = ("mail.log",)
"""They log every mistake of a client, with the address it came from."""


REPETITIVE = "dramatiq.worker.ConsumerThread"

TOLD_EVERY = 60.0
"""Seconds."""


class Logger:
    """Writes lines under a name: an event in dotted words, and fields."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, **fields: object) -> None:
        """Write what only a developer asks for."""
        self._write("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what happened."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what an operator should look at."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what failed."""
        self._write("error", event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Write what failed, with the traceback of the exception that is being handled."""
        self._write("exception", event, fields)

    def _write(self, method: str, event: str, fields: dict[str, object]) -> None:
        if _later.is_due and not _is_wanted(self._name, method):
            return
        import structlog

        _later.configure()
        logger = structlog.get_logger(self._name)  # noqa: TID251  The one place that asks.
        getattr(logger, method)(event, **fields)


def get_logger(name: str) -> Logger:
    """Return the logger of a module."""
    return Logger(name)


def _is_wanted(name: str, method: str) -> bool:
    level = logging.getLevelNamesMapping()["ERROR" if method == "exception" else method.upper()]
    return logging.getLogger(name).isEnabledFor(level)  # noqa: TID251  As below.


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


class _Later:
    """Keeps structlog from being configured before it is used."""

    def __init__(self) -> None:
        self.is_due = False
        """Asked for, and not done yet."""

    def ask(self) -> None:
        """Configure it at the first line, or now if it is there already."""
        self.is_due = True
        if "structlog" in sys.modules:
            self.configure()

    def configure(self) -> None:
        """Configure it if that was asked for."""
        if self.is_due:
            from service.kit.log_format import configure_structlog

            self.is_due = False
            configure_structlog()


class _Form(logging.Formatter):
    """structlog's formatter, made with the first line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._made is None:
            from service.kit.log_format import formatter

            self._made = formatter(as_json=self._as_json)
        return self._made.format(record)


_later = _Later()


def configure_logging(*, as_json: bool | None, level: str = "info") -> None:
    """Send structlog and the standard library's loggers to stderr in one form.

    `as_json=None` decides by itself: readable on a terminal, JSON anywhere else.
    """
    _later.ask()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Form(as_json=not sys.stderr.isatty() if as_json is None else as_json))
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
