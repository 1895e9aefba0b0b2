"""An upgrade of a database that is in use: what it holds on to, and what it leaves behind."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from service.boot import Runtime
from service.kit.errors import Unavailable
from service.migrations.upgrade import upgrade
from tests.rules.schema_differences import schema_differences

SOON = timedelta(milliseconds=100)


def test_a_migration_that_waits_for_a_table_keeps_none_of_those_before_it(
    runtime: Runtime,
) -> None:
    """All were one transaction once: readers' pages waited for a walk through all consents."""
    with runtime.engine.connect() as connection:
        command.downgrade(_config(connection), "0006")
        connection.commit()

    with runtime.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM consent"))
        with pytest.raises(Unavailable, match="run 'crieur db upgrade' again"):
            upgrade(runtime.engine, patience=SOON)
        assert _revision(reader) == "0012"

    upgrade(runtime.engine)
    assert schema_differences(runtime.engine) == []


def test_an_upgrade_leaves_no_impatience_in_the_pool(runtime: Runtime) -> None:
    with runtime.engine.connect() as connection:
        command.downgrade(_config(connection), "0012")
        connection.commit()

    upgrade(runtime.engine, patience=SOON)

    with runtime.engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "0"


def _revision(connection: Connection) -> object:
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__code__.co_filename).parent))
    config.attributes["connection"] = connection
    return config
