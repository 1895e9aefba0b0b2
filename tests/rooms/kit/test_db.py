"""Connections that were lost while nobody used them."""

import pytest
from sqlalchemy import text

from service.kit.db import DatabaseUnavailable, make_begin, make_engine

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
