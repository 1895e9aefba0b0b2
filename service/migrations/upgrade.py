"""Bring a database up to date; several processes may try concurrently, one does it.

Each migration commits by itself, so that a long one does not block the tables of those before
it. Alembic is loaded only when there is something to do.
"""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from service.kit.errors import OperationRefused, Unavailable
from service.kit.log import get_logger
from service.migrations.head import head, is_at_head

log = get_logger(__name__)

# Any number will do, as long as it stays the same: "crie" in ASCII.
_LOCK = 0x63726965

PATIENCE = timedelta(seconds=10)
"""How long a migration waits for a table: everybody who wants it meanwhile waits behind it."""

_IN_USE = "55P03"


def upgrade(engine: Engine, *, patience: timedelta = PATIENCE) -> None:
    """Run what is missing under an advisory lock; nothing to do is quick.

    Raises:
        Unavailable: another session uses a table for longer than `patience`; the migrations before
            that one are done.
        OperationRefused: rows contradict what a migration demands; they are as they were.
    """
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            if not is_at_head(connection):
                _wait_at_most(connection, patience)
                _run_migrations(connection)
                log.info("schema.upgraded", revision=head())
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _IN_USE:
                raise
            raise Unavailable(
                "A table is in use by a long transaction: run 'crieur db upgrade' again, or stop "
                "the daemons first."
            ) from error
        except IntegrityError as error:
            raise OperationRefused(
                f"This database has rows that no version of Crieur writes: {_first_line(error)}. "
                "Correct or remove them, then run 'crieur db upgrade' again; they are as they were."
            ) from error
        finally:
            connection.rollback()
            connection.execute(text("RESET lock_timeout"))
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()


def _first_line(error: IntegrityError) -> str:
    """Return the first line of PostgreSQL's error, which names the table and the constraint."""
    return str(error.orig).partition("\n")[0]


def is_current(engine: Engine) -> bool:
    """Tell whether every migration has been run."""
    with engine.connect() as connection:
        return is_at_head(connection)


def _wait_at_most(connection: Connection, patience: timedelta) -> None:
    """Let each statement of this session give up on a lock after a time."""
    milliseconds = round(patience.total_seconds() * 1000)
    connection.execute(
        text("SELECT set_config('lock_timeout', :most, false)"), {"most": f"{milliseconds}ms"}
    )
    connection.commit()


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
