"""Migrations: what an upgrade of a database in use holds on to, and what a revision depends on."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from service.boot import Runtime
from service.editions.find import get_edition
from service.kit.errors import OperationRefused, Unavailable
from service.migrations.upgrade import upgrade
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rules.code import imported_modules, modules
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


def test_a_revision_depends_on_no_code_of_the_product() -> None:
    """One called a rule of today: a change of the rule changed what an old database becomes."""
    versions = [module for module in modules() if "migrations/versions" in module.place]

    called = {
        f"{module.place}: {name}"
        for module in versions
        for name in imported_modules(module.tree)
        if name.split(".")[0] in {"service", "workers"}
        and not name.startswith("service.migrations.")
    }
    assert len(versions) > 10
    assert called == set()


def test_times_that_contradict_a_state_are_put_right(runtime: Runtime, clock: FakeClock) -> None:
    edition_id = an_issue(runtime.begin, clock, produced=False).edition_id
    with runtime.engine.connect() as connection:
        command.downgrade(_config(connection), "0016")
        connection.execute(text("UPDATE edition SET state = 'cancelled', finished_at = NULL"))
        connection.commit()

    upgrade(runtime.engine)

    with runtime.begin() as session:
        edition = get_edition(session, edition_id)
        assert edition.finished_at == (edition.frozen_at or edition.planned_at)
    assert schema_differences(runtime.engine) == []


def test_a_word_that_is_no_state_stops_the_upgrade_with_a_sentence(
    runtime: Runtime, clock: FakeClock
) -> None:
    an_issue(runtime.begin, clock, produced=False)
    with runtime.engine.connect() as connection:
        command.downgrade(_config(connection), "0016")
        connection.execute(text("UPDATE edition SET state = 'lost'"))
        connection.commit()

    with pytest.raises(OperationRefused, match=r"ck_edition_state.*run 'crieur db upgrade' again"):
        upgrade(runtime.engine)


def test_constraints_of_states_are_added_again_after_an_interrupted_upgrade(
    runtime: Runtime,
) -> None:
    """They are added one by one, while others use the tables, and not in one transaction."""
    with runtime.engine.connect() as connection:
        command.downgrade(_config(connection), "0016")
        connection.execute(text("ALTER TABLE notice ADD CONSTRAINT ck_notice_state CHECK (true)"))
        connection.commit()

    with runtime.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM notice"))
        with pytest.raises(Unavailable, match="run 'crieur db upgrade' again"):
            upgrade(runtime.engine, patience=SOON)

    upgrade(runtime.engine)
    with runtime.engine.begin() as connection:
        states = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
        for name in ("ck_edition_state", "ck_notice_state", "ck_delivery_next_at"):
            found = str(connection.scalar(text(states), {"name": name}))
            assert "state" in found
            assert "NOT VALID" not in found


def _revision(connection: Connection) -> object:
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__code__.co_filename).parent))
    config.attributes["connection"] = connection
    return config
