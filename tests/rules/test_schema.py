"""The migrated database and the tables in the code are one thing written twice."""

from typing import Any

from sqlalchemy.orm import Mapper

from service.boot import Runtime
from service.kit.db import Base
from service.schema import ROOMS, metadata
from tests.rules.schema_differences import schema_differences

ORDER = (
    "kit", "newsletters", "accounts", "articles", "audience", "editions", "rendering", "delivery",
    "outcomes",
)  # fmt: skip


def test_migrations_lead_to_the_tables_in_the_code(runtime: Runtime) -> None:
    """A column without its migration works in no database but a developer's."""
    assert schema_differences(runtime.engine) == []


def test_foreign_keys_cross_rooms_downward_only() -> None:
    """A key upward would tie an early room's rows to a later one, which imports could not."""
    room_of = _rooms()
    upward = {
        f"{table.name}.{key.parent.name} -> {key.target_fullname}"
        for table in metadata().tables.values()
        for key in table.foreign_keys
        if ORDER.index(room_of[key.target_fullname.partition(".")[0]])
        > ORDER.index(room_of[table.name])
    }

    assert upward == set()


def test_no_relationship_of_the_mapper_crosses_a_room() -> None:
    """It would load another room's rows where nobody sees a query."""
    room_of = _rooms()
    crossing = {
        str(relation)
        for mapper in _mappers()
        for relation in mapper.relationships
        if room_of[_table(mapper)] != room_of[_table(relation.mapper)]
    }

    assert crossing == set()


def _rooms() -> dict[str, str]:
    rooms = {}
    for mapper in _mappers():
        rooms[_table(mapper)] = mapper.class_.__module__.split(".")[1]
    assert len(ROOMS) == len(set(rooms.values()))
    return rooms


def _mappers() -> list[Mapper[Any]]:
    return list(Base.registry.mappers)


def _table(mapper: Mapper[Any]) -> str:
    return str(mapper.local_table.name)  # type: ignore[attr-defined]  # ours are all tables


def test_the_last_migration_is_found_without_alembic() -> None:
    """Every command asks for it; a second way to find it must give the same answer."""
    from alembic.script import ScriptDirectory

    from service.migrations.head import VERSIONS, head

    assert head() == ScriptDirectory(str(VERSIONS.parent)).get_current_head()
