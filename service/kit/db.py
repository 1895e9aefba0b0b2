"""PostgreSQL: the declarative base, names of constraints, the engine, and `begin()`.

One transaction per request, actor step or tick: it is opened at the edge with `begin()` and
never stays open across the network.
"""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from time import monotonic
from typing import Annotated, Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Identity,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy import Engine as Engine  # noqa: PLC0414  Rooms name it from here, without SQLAlchemy.
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import ExceptionContext, Result, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DisconnectionError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase, mapped_column, sessionmaker
from sqlalchemy.orm import Session as Session  # noqa: PLC0414  Rooms name it from here, without SQLAlchemy.
from sqlalchemy.pool import ConnectionPoolEntry

from service.kit.translatable import TranslatableMessage

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

IDLE_BEFORE_PING = 1.0
"""Seconds of idleness after which a connection is pinged before use."""

Begin = Callable[[], AbstractContextManager[Session]]

type_id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
timestamptz = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class MessageType(TypeDecorator[TranslatableMessage]):
    """A sentence for a person, as `{"key": …, "params": …}`."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def process_bind_param(
        self, value: TranslatableMessage | None, dialect: Dialect
    ) -> dict[str, Any] | None:
        """Return what is stored."""
        del dialect
        return None if value is None else value.to_json()

    def process_result_value(
        self, value: dict[str, Any] | None, dialect: Dialect
    ) -> TranslatableMessage | None:
        """Return the message of what was stored."""
        del dialect
        return None if value is None else TranslatableMessage.from_json(value)


class Base(DeclarativeBase):
    """What every table inherits: names of constraints and PostgreSQL's types.

    Rooms never relate to each other through the ORM; foreign keys are by name string.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy declares it as a plain class attribute.
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(),
        TranslatableMessage: MessageType(),
    }


# No transaction of ours waits for anything but the database. One that stands still belongs to a
# process that is frozen, or to a machine that is gone, and must not keep its locks.
_SESSION = (
    "-c timezone=utc -c idle_in_transaction_session_timeout=10s "
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)


def make_engine(url: str, *, pool_size: int = 10, rested: float = IDLE_BEFORE_PING) -> Engine:
    """Connect lazily to `url` (postgresql+psycopg://…), every session in UTC.

    A connection that was idle for `rested` seconds is pinged before it is used again.

    Raises:
        ValueError: the URL is malformed; the error does not show it, it may hold a password.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("not a database's address") from None
    engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        # Errors end up in the log, and parameters hold readers' addresses.
        hide_parameters=True,
        connect_args={"options": _SESSION, "application_name": "crieur"},
    )
    _ping_after_rest(engine, rested)
    _tell_hang_ups(engine)
    return engine


def _ping_after_rest(engine: Engine, rested: float) -> None:
    """Ask a connection that has rested whether it is still there, before it is handed out.

    SQLAlchemy's own `pool_pre_ping` asks every time: half of what a short transaction costs.
    """

    @event.listens_for(engine, "checkin")
    def _remember(connection: object, record: ConnectionPoolEntry) -> None:
        del connection
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
        del proxy
        if monotonic() - record.info.get("used_at", math.inf) < rested:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


# idle_in_transaction_session_timeout, transaction_timeout, idle_session_timeout.
_HUNG_UP = frozenset({"25P03", "25P04", "57P05"})


def _tell_hang_ups(engine: Engine) -> None:
    """Raise `OperationalError` when the server has ended a session that stood still.

    psycopg calls it an internal error, of one class with a write in a transaction that only reads;
    but it says that the connection is gone, as any other such error does.
    """

    @event.listens_for(engine, "handle_error")
    def _rename(context: ExceptionContext) -> None:
        original = context.original_exception
        if getattr(original, "sqlstate", None) not in _HUNG_UP:
            return
        context.is_disconnect = True
        raise OperationalError(
            context.statement, None, original, hide_parameters=True, connection_invalidated=True
        ) from original


def make_begin(engine: Engine) -> Begin:
    """Return `begin`: `with begin() as session:` is one transaction."""
    return sessionmaker(engine, expire_on_commit=False, autoflush=True).begin


R = TypeVar("R", bound=NamedTuple)


def typed_rows(result: Result[*tuple[Any, ...]], row_type: type[R]) -> list[R]:
    """Return all rows of a textual statement as named tuples, which are quicker to read.

    Raises:
        TypeError: the statement's columns are not those of `row_type`, in its order.
    """
    columns = tuple(result.keys())
    if columns != row_type._fields:
        raise TypeError(f"{row_type.__name__} does not have the columns {', '.join(columns)}")
    return [row_type._make(row) for row in result]


def forbid_writes(session: Session) -> None:
    """Let PostgreSQL itself refuse every write in the session's transaction."""
    session.execute(text("SET TRANSACTION READ ONLY"))


DatabaseUnavailable = (OperationalError, InterfaceError, DisconnectionError, NoConnectionFree)
"""What a statement raises when the database is unavailable; entry points catch it, rooms never.

A frozen server keeps every connection, and the next caller waits half a minute for one.
"""


def is_disk_full(error: Exception) -> bool:
    """Return whether a write failed because the database's disk is full."""
    original = getattr(error, "orig", None)
    return getattr(original, "sqlstate", None) == "53100"


_LASTING = frozenset({"54", "57014"})


def is_transient_error(error: Exception) -> bool:
    """Return whether an error is about the database's availability, and not about the statement.

    psycopg has one class for both: a server that is away, and a statement that is too much for any
    server (SQLSTATE class 54) or was cancelled because it took too long (57014).
    """
    code = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return code[:2] not in _LASTING and code not in _LASTING


_TRANSACTION_ID = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
# After a failover the server may not have come as far as this transaction. Only an id of its own
# shows how far it has come: a snapshot ends with the last transaction that is complete, and so
# before one that is still committing.
_TRANSACTION_STATUS = text("""
    SELECT CASE WHEN CAST(:id AS xid8) < pg_current_xact_id()
                THEN pg_xact_status(CAST(:id AS xid8)) END
    """)


def transaction_id(session: Session) -> str | None:
    """Return PostgreSQL's id of the session's transaction; None if it has written nothing."""
    found: str | None = session.scalar(_TRANSACTION_ID)
    return found


def transaction_status(session: Session, written_by: str) -> str | None:
    """Return what became of an earlier transaction: committed, aborted, in progress.

    None if the server does not know it. The session's own transaction gets an id by this.
    """
    found: str | None = session.scalar(_TRANSACTION_STATUS, {"id": written_by})
    return found


UnstorableValue = DataError
"""What a statement raises for a value that no column holds: an id of thirty digits, a NUL."""


def is_reachable(engine: Engine) -> bool:
    """Return whether the database answers `SELECT 1`."""
    return connection_error(engine) is None


def connection_error(engine: Engine) -> str | None:
    """Return the driver's message why the database does not answer; None when it does."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DatabaseUnavailable as error:
        said = getattr(error, "orig", None) or error
        return str(said).strip().partition("\n")[0]
    return None


def server_time(engine: Engine) -> datetime:
    """Return the database server's current time, aware."""
    with engine.connect() as connection:
        now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now


def server_time_or_none(engine: Engine) -> datetime | None:
    """Return the database server's current time; None while it is unavailable."""
    try:
        return server_time(engine)
    except DatabaseUnavailable:
        return None
