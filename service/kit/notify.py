"""PostgreSQL's LISTEN/NOTIFY: a commit in one process is heard in all the others at once.

What is heard is a hint to look, and may be lost with a connection: listeners look now and then
without one, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection as PsycopgConnection
from psycopg import InterfaceError, OperationalError, sql
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.kit.db import DatabaseAway

Away: tuple[type[Exception], ...] = (*DatabaseAway, OperationalError, InterfaceError)
"""What listening raises when the database is not there, or goes."""

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def notify(session: Session, channel: str, payload: str = "") -> None:
    """Tell listeners of a channel, if and when the caller's transaction commits.

    The same payload twice in a transaction is heard once.
    """
    session.execute(_NOTIFY, {"channel": channel, "payload": payload})


class Listener:
    """A connection that hears what is told on one channel."""

    def __init__(self, connection: PsycopgConnection[object]) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> list[str]:
        """Return the payloads as soon as there are some, or nothing after `seconds`."""
        heard = self._connection.notifies(timeout=seconds, stop_after=1)
        return [notification.payload for notification in heard]


@contextmanager
def listening(engine: Engine, channel: str) -> Iterator[Listener]:
    """Listen on a connection of one's own, outside any transaction."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, PsycopgConnection)
    # The pool forgets it: a listening connection must not serve anybody else afterwards.
    pooled.detach()
    with connection:
        connection.autocommit = True
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield Listener(connection)
