"""Bring a database up to date; several processes may try at once, one does it."""

from pathlib import Path

import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from service.schema import metadata

log = structlog.get_logger(__name__)

# Any number will do, as long as it stays the same: "crie" in ASCII.
_LOCK = 0x63726965


def upgrade(engine: Engine) -> None:
    """Run what is missing under an advisory lock; nothing to do is quick."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            if not _is_current(connection):
                command.upgrade(_config(connection), "head")
                connection.commit()
                log.info("schema.upgraded", revision=_head())
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()


def is_current(engine: Engine) -> bool:
    """Tell whether every migration has been run."""
    with engine.connect() as connection:
        return _is_current(connection)


def differences(engine: Engine) -> list[object]:
    """Return what the tables in the code have that the migrated database has not."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))


def _is_current(connection: Connection) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return current == _head()


def _head() -> str | None:
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
