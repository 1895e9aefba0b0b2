"""The migrated database and the tables in the code are one thing written twice."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, text

from service.boot import Runtime
from service.kit.state_column import StateType, state_constraint
from service.schema import ROOMS, metadata
from tests.rules.schema_differences import schema_differences
from tests.rules.tables import mappers, room_of, rooms_by_table, table_of

ORDER = [room_of(tables.__name__) for tables in ROOMS]


def test_migrations_lead_to_the_tables_in_the_code(runtime: Runtime) -> None:
    """A column without its migration works in no database but a developer's."""
    assert schema_differences(runtime.engine) == []


def test_migrations_leave_the_constraints_of_the_code_and_have_checked_them_all(
    runtime: Runtime,
) -> None:
    """Alembic compares no check constraints; a state that only the code refuses is refused late."""
    with runtime.engine.connect() as connection:
        migrated = _check_constraints(connection)
        connection.execute(text("CREATE SCHEMA scratch"))
        connection.execute(text("SET LOCAL search_path TO scratch"))
        metadata().create_all(connection)
        in_the_code = _check_constraints(connection)

    assert migrated == in_the_code
    assert {name for name, _ in migrated} >= {"ck_edition_state", "ck_delivery_next_at"}


def test_every_column_of_a_state_has_the_words_of_its_lifecycle_as_a_constraint() -> None:
    """`state` was any text: a statement with a misspelt word lost its rows."""
    columns = [column for table in metadata().tables.values() for column in table.columns]

    plain = [str(each) for each in columns if each.name == "state" and not _is_state(each)]
    unguarded = [
        str(column)
        for column in columns
        if isinstance(column.type, StateType)
        and str(state_constraint(column.type.lifecycle).sqltext)
        not in {
            str(constraint.sqltext)
            for constraint in column.table.constraints
            if isinstance(constraint, CheckConstraint)
        }
    ]
    assert (plain, unguarded) == ([], [])


def _is_state(column: Column[Any]) -> bool:
    return isinstance(column.type, StateType)


def _check_constraints(connection: Connection) -> set[tuple[str, str]]:
    """Return name and definition of each; one that was not validated says so at its end."""
    rows = connection.execute(
        text("""
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'c' AND connamespace = current_schema()::regnamespace
            """)
    )
    return {(name, definition) for name, definition in rows}


def test_foreign_keys_cross_rooms_downward_only() -> None:
    """A key upward would tie an early room's rows to a later one, which imports could not."""
    rooms = rooms_by_table()
    upward = {
        f"{table.name}.{key.parent.name} -> {key.target_fullname}"
        for table in metadata().tables.values()
        for key in table.foreign_keys
        if ORDER.index(rooms[key.target_fullname.partition(".")[0]])
        > ORDER.index(rooms[table.name])
    }

    assert upward == set()


def test_no_relationship_of_the_mapper_crosses_a_room() -> None:
    """It would load another room's rows where nobody sees a query."""
    rooms = rooms_by_table()
    crossing = {
        str(relation)
        for mapper in mappers()
        for relation in mapper.relationships
        if rooms[table_of(mapper)] != rooms[table_of(relation.mapper)]
    }

    assert crossing == set()


def test_the_last_migration_is_found_without_alembic() -> None:
    """Every command asks for it; a second way to find it must give the same answer."""
    from alembic.script import ScriptDirectory

    from service.migrations.head import VERSIONS, head

    assert head() == ScriptDirectory(str(VERSIONS.parent)).get_current_head()
