"""Connections that were lost while nobody used them."""

from typing import NamedTuple

import pytest
from sqlalchemy import text

from service.kit.db import DatabaseUnavailable, make_begin, make_engine, typed_rows

PID = text("SELECT pg_backend_pid()")
END = text("SELECT pg_terminate_backend(:pid, 60000)")


def end_its_connection(url: str, *, rested: float) -> int:
    """Use a pool of one connection, end that from elsewhere, and use the pool again."""
    engine, other = make_engine(url, pool_size=1, rested=rested), make_engine(url)
    begin = make_begin(engine)
    try:
        with begin() as session:
            first: int = session.execute(PID).scalar_one()
        with make_begin(other)() as session:
            assert session.execute(END, {"pid": first}).scalar_one()
        with begin() as session:
            second: int = session.execute(PID).scalar_one()
    finally:
        engine.dispose()
        other.dispose()
    return second - first


def test_a_connection_that_was_lost_while_it_rested_is_replaced_unnoticed(
    database_url: str,
) -> None:
    assert end_its_connection(database_url, rested=0) != 0


def test_one_that_was_used_just_now_is_not_asked_before(database_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        end_its_connection(database_url, rested=60)


class _Numbers(NamedTuple):
    first: int
    second: int


@pytest.mark.parametrize("columns", ["1 AS second, 2 AS first", "1 AS first", "1 AS a, 2 AS b"])
def test_rows_are_only_given_a_type_that_has_their_columns_in_their_order(
    database_url: str, columns: str
) -> None:
    engine = make_engine(database_url)
    try:
        with make_begin(engine)() as session:
            right = session.execute(text("SELECT 1 AS first, 2 AS second"))
            wrong = session.execute(text(f"SELECT {columns}"))

            assert typed_rows(right, _Numbers) == [_Numbers(first=1, second=2)]
            with pytest.raises(TypeError, match="_Numbers does not have the columns"):
                typed_rows(wrong, _Numbers)
    finally:
        engine.dispose()
