"""The runtime of a command: settings read, servers there, schema current."""

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pydantic import SecretStr

from service.boot import Runtime, build_runtime
from service.config import Settings, load_settings
from service.devkit import embedded
from service.kit.errors import Unavailable
from service.kit.log import configure_logging
from service.migrations.upgrade import is_current, upgrade

SECRET_BYTES = 32


@contextmanager
def open_settings(*, daemon: bool = False) -> Iterator[Settings]:
    """Yield settings whose URLs are known; embedded servers run as long as they are used."""
    settings = load_settings()
    configure_logging(as_json=settings.log_json, level=settings.log_level if daemon else "warning")
    if not settings.is_embedded:
        yield settings
        return
    with _ending_on_sigterm(daemon=daemon), embedded.start(settings.data_dir) as servers:
        yield settings.model_copy(
            update={
                "database_url": SecretStr(servers.database_url),
                "redis_url": SecretStr(servers.redis_url),
                "secret_key": settings.secret_key or [SecretStr(own_secret(settings.data_dir))],
            }
        )


@contextmanager
def _ending_on_sigterm(*, daemon: bool) -> Iterator[None]:
    """Let a command that is asked to end do so in order, so that its servers stop with it.

    Daemons listen for themselves.
    """
    if daemon or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


@contextmanager
def open_runtime(*, daemon: bool = False) -> Iterator[Runtime]:
    """Yield a runtime on a current schema.

    Embedded servers are upgraded on the way. Configured ones are the operator's: a schema that
    is behind is refused with what to do.
    """
    embedded_ones = load_settings().is_embedded
    with open_settings(daemon=daemon) as settings:
        runtime = build_runtime(settings, lazily=not daemon)
        try:
            if embedded_ones:
                upgrade(runtime.engine)
            elif not is_current(runtime.engine):
                raise Unavailable("The database's schema is behind: run 'crieur db upgrade' first.")
            yield runtime
        finally:
            runtime.close()


def own_secret(data_dir: Path) -> str:
    """Return the embedded installation's secret, made at the first start and kept."""
    path = data_dir / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(SECRET_BYTES))
        try:
            # A link never replaces: of two first starts one wins, and both read its secret.
            os.link(new, path)
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text("ascii").strip()
