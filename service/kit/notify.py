"""PostgreSQL's LISTEN/NOTIFY: a commit in one process is heard in all the others at once.

What is heard is a hint to look, and may be lost with a connection: listeners look now and then
without one, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import Connection as PsycopgConnection
from psycopg import InterfaceError, OperationalError, sql
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.kit.db import DatabaseUnavailable

ListenUnavailable: tuple[type[Exception], ...] = (
    *DatabaseUnavailable,
    OperationalError,
    InterfaceError,
)
"""What listening raises when the database is not there, or goes."""

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def notify(session: Session, channel: str, payload: str = "") -> None:
    """Tell listeners of a channel, if and when the caller's transaction commits.

    The same payload twice in a transaction is heard once.
    """
    session.execute(_NOTIFY, {"channel": channel, "payload": payload})


@dataclass(frozen=True, slots=True)
class Notification:
    """What was told, and on which channel."""

    channel: str
    payload: str


class Listener:
    """A connection that hears what is told on its channels."""

    def __init__(self, connection: PsycopgConnection[object]) -> None:
        self._connection = connection

    def receive(self, seconds: float) -> list[Notification]:
        """Return what was told as soon as there is something, or nothing after `seconds`."""
        heard = self._connection.notifies(timeout=seconds, stop_after=1)
        return [Notification(each.channel, each.payload) for each in heard]

    def wait(self, seconds: float) -> list[str]:
        """Return the payloads alone, for whoever listens on one channel."""
        return [each.payload for each in self.receive(seconds)]


@contextmanager
def listening(engine: Engine, *channels: str) -> Iterator[Listener]:
    """Listen on a connection of one's own, outside any transaction."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, PsycopgConnection)
    # The pool forgets it: a listening connection must not serve anybody else afterwards.
    pooled.detach()
    with connection:
        connection.autocommit = True
        for channel in channels:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield Listener(connection)
