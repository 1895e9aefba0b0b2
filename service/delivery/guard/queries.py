"""SQL of the sending guard: which database is claimed for sending, and whether this is it.

It compares identifiers that PostgreSQL assigns and that a dump does not carry: those of the
cluster, of the database and of the table `home` itself. A restore recreates the table with a new
one; a copy by `CREATE DATABASE … TEMPLATE` keeps the table's and has another database's.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import text

from service.kit.db import Session

_DATABASE = """
    (SELECT pg_database.oid FROM pg_database WHERE pg_database.datname = current_database())::text
    || '/' || CAST('home'::regclass AS oid)::text
    """

SENDING_ALLOWED = f"""
    EXISTS (SELECT FROM home CROSS JOIN pg_control_system() AS control
            WHERE home.cluster = control.system_identifier::text AND home.database = {_DATABASE})
    """
"""An SQL condition for every statement that lets messages leave; false while the table is empty."""

# A database on hold has a row that matches no identifiers.
_STATUS = text(f"""
    SELECT CASE WHEN {SENDING_ALLOWED} THEN 'active'
                WHEN EXISTS (SELECT FROM home WHERE home.cluster = '') THEN 'on_hold'
                WHEN EXISTS (SELECT FROM home) THEN 'copied'
                ELSE 'unclaimed' END
    """)  # noqa: S608  only constants of this module are put in.


def sending_status(session: Session) -> str:
    """Return `active`, `copied`, `on_hold`, or `unclaimed` when no database was ever claimed."""
    return str(session.execute(_STATUS).scalar_one())


_HAS_SENT = text("SELECT EXISTS (SELECT FROM delivery)")


def has_sent(session: Session) -> bool:
    """Return whether a reader was ever enrolled in an edition."""
    return bool(session.scalar(_HAS_SENT))


_CLAIM_IF_NEW = text(f"""
    INSERT INTO home (id, cluster, database, since)
    SELECT 1, control.system_identifier::text, {_DATABASE}, :now
    FROM pg_control_system() AS control
    WHERE NOT EXISTS (SELECT FROM delivery)
    ON CONFLICT DO NOTHING
    """)  # noqa: S608  only a constant of this module is put in.


def claim_ownership_if_new(session: Session, *, now: datetime) -> None:
    """Claim this database, unless one is claimed or a reader was ever enrolled."""
    session.execute(_CLAIM_IF_NEW, {"now": now})


_CLAIM = text(f"""
    INSERT INTO home (id, cluster, database, since)
    SELECT 1, control.system_identifier::text, {_DATABASE}, :now
    FROM pg_control_system() AS control
    ON CONFLICT (id) DO UPDATE
    SET cluster = excluded.cluster, database = excluded.database, since = excluded.since
    """)  # noqa: S608  only a constant of this module is put in.


def claim_ownership(session: Session, *, now: datetime) -> None:
    """Claim this database, whichever was claimed before."""
    session.execute(_CLAIM, {"now": now})


_REVOKE = text("""
    INSERT INTO home (id, cluster, database, since) VALUES (1, '', '', :now)
    ON CONFLICT (id) DO UPDATE SET cluster = '', database = '', since = excluded.since
    """)


def revoke_ownership(session: Session, *, now: datetime) -> None:
    """Replace the claim by one that no database matches."""
    session.execute(_REVOKE, {"now": now})


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEdition:
    """An unfinished edition, and how many of its deliveries have no final state yet."""

    id: int
    newsletter: str
    slot_date: date
    slot_time: time
    state: str
    is_paused: bool
    is_held: bool
    readers: int


_PENDING_EDITIONS = text("""
    SELECT edition.id, newsletter.slug AS newsletter, edition.slot_date, edition.slot_time,
           edition.state,
           edition.paused_at IS NOT NULL AS is_paused,
           edition.held_at IS NOT NULL AND edition.state IN ('planned', 'selected') AS is_held,
           (SELECT count(*) FROM delivery
            WHERE delivery.edition_id = edition.id
              AND (delivery.state = 'pending' OR delivery.next_at IS NOT NULL)) AS readers
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.finished_at IS NULL
      AND edition.state IN ('planned', 'selected', 'frozen', 'rendered', 'sending')
    ORDER BY edition.id
    """)


def pending_editions(session: Session) -> list[PendingEdition]:
    """Return the editions that would continue if sending were enabled, oldest first."""
    return [
        PendingEdition(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a row's mapping.
        for row in session.execute(_PENDING_EDITIONS)
    ]


_PENDING_NOTICES = text("""
    SELECT count(*) FROM notice
    WHERE state IN ('pending', 'leased', 'deferred') AND expires_at > :now
    """)


def count_pending_notices(session: Session, *, now: datetime) -> int:
    """Count the transactional messages that would be sent if sending were enabled."""
    return int(session.execute(_PENDING_NOTICES, {"now": now}).scalar_one())
