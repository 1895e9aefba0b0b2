"""PostgreSQL's LISTEN/NOTIFY: a commit in one process notifies all other processes immediately.

A notification is only a hint, and may be lost with a connection: listeners also poll.
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
"""What listening raises when the database is unavailable or becomes so."""

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def notify(session: Session, channel: str, payload: str = "") -> None:
    """Notify the listeners of a channel if and when the caller's transaction commits.

    The same payload twice in a transaction notifies once.
    """
    session.execute(_NOTIFY, {"channel": channel, "payload": payload})


@dataclass(frozen=True, slots=True)
class Notification:
    """A payload and the channel on which it came."""

    channel: str
    payload: str


class Listener:
    """A connection that receives the notifications of its channels."""

    def __init__(self, connection: PsycopgConnection[object]) -> None:
        self._connection = connection

    def receive(self, seconds: float) -> list[Notification]:
        """Return notifications as soon as there is one, or an empty list after `seconds`."""
        heard = self._connection.notifies(timeout=seconds, stop_after=1)
        return [Notification(each.channel, each.payload) for each in heard]

    def wait(self, seconds: float) -> list[str]:
        """Like `receive`, but return the payloads only, for listeners of one channel."""
        return [each.payload for each in self.receive(seconds)]


@contextmanager
def listening(engine: Engine, *channels: str) -> Iterator[Listener]:
    """Listen on a connection of its own, outside any transaction."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    if not isinstance(connection, PsycopgConnection):
        raise TypeError("the engine's driver must be psycopg")
    # The pool forgets it: a listening connection must not be used for anything else afterwards.
    pooled.detach()
    with connection:
        connection.autocommit = True
        for channel in channels:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield Listener(connection)
