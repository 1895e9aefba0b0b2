"""Bring a database up to date; several processes may try at once, one does it.

Alembic is loaded only when there is something to do.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from service.kit.log import get_logger
from service.migrations.head import head, is_at_head

log = get_logger(__name__)

# Any number will do, as long as it stays the same: "crie" in ASCII.
_LOCK = 0x63726965


def upgrade(engine: Engine) -> None:
    """Run what is missing under an advisory lock; nothing to do is quick."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            if not is_at_head(connection):
                _run_migrations(connection)
                connection.commit()
                log.info("schema.upgraded", revision=head())
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()


def is_current(engine: Engine) -> bool:
    """Tell whether every migration has been run."""
    with engine.connect() as connection:
        return is_at_head(connection)


def differences(engine: Engine) -> list[object]:
    """Return what the tables in the code have that the migrated database has not."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from service.schema import metadata

    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
