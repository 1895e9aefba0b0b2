"""Whose each table is: what rules about rooms and their tables start from."""

from functools import cache
from typing import Any

from sqlalchemy.orm import Mapper

from service.kit.db import Base
from service.schema import ROOMS


def room_of(module: str) -> str:
    """Return the room of a module by its dotted name, such as `service.editions`."""
    return ".".join(module.split(".")[:2])


@cache
def mappers() -> list[Mapper[Any]]:
    """Return the mapper of each table; there is one at least in every room that has tables."""
    found = list(Base.registry.mappers)
    assert {room_of(each.class_.__module__) for each in found} == {
        room_of(tables.__name__) for tables in ROOMS
    }
    return found


def table_of(mapper: Mapper[Any]) -> str:
    """Return the name of a mapped class's table."""
    return str(mapper.local_table.name)  # type: ignore[attr-defined]  # Ours are all tables.


@cache
def rooms_by_table() -> dict[str, str]:
    """Return the room that owns each table."""
    return {table_of(each): room_of(each.class_.__module__) for each in mappers()}


@cache
def tables_by_class() -> dict[str, str]:
    """Return the table by the name of its mapped class."""
    return {each.class_.__name__: table_of(each) for each in mappers()}
