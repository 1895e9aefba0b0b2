"""SQL about where this database lives: only there mails may leave it.

What is compared are numbers that PostgreSQL gives and a dump does not carry: the cluster's, the
database's, and the table's own. A restore makes the table anew, wherever it goes to; a copy with
`CREATE DATABASE … TEMPLATE` keeps the table's number and has another database's.
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
"""A condition for statements that let mail go out; without a row it does not hold."""

# A held database has a row that no place's numbers are equal to.
_WHERE = text(f"""
    SELECT CASE WHEN {SENDING_ALLOWED} THEN 'here'
                WHEN EXISTS (SELECT FROM home WHERE home.cluster = '') THEN 'held'
                WHEN EXISTS (SELECT FROM home) THEN 'elsewhere'
                ELSE 'nowhere' END
    """)  # noqa: S608  only constants of this module are put in.


def sending_status(session: Session) -> str:
    """Return `here`, `elsewhere`, `held`, or `nowhere` when no home was ever written down."""
    return str(session.execute(_WHERE).scalar_one())


_HAS_SENT = text("SELECT EXISTS (SELECT FROM delivery)")


def has_sent(session: Session) -> bool:
    """Tell whether anybody was ever enrolled for an edition."""
    return bool(session.scalar(_HAS_SENT))


_SETTLE = text(f"""
    INSERT INTO home (id, cluster, database, since)
    SELECT 1, control.system_identifier::text, {_DATABASE}, :now
    FROM pg_control_system() AS control
    WHERE NOT EXISTS (SELECT FROM delivery)
    ON CONFLICT DO NOTHING
    """)  # noqa: S608  only a constant of this module is put in.


def claim_ownership_if_new(session: Session, *, now: datetime) -> None:
    """Write down that home is here, unless a home is known or something was ever enrolled."""
    session.execute(_SETTLE, {"now": now})


_MOVE_IN = text(f"""
    INSERT INTO home (id, cluster, database, since)
    SELECT 1, control.system_identifier::text, {_DATABASE}, :now
    FROM pg_control_system() AS control
    ON CONFLICT (id) DO UPDATE
    SET cluster = excluded.cluster, database = excluded.database, since = excluded.since
    """)  # noqa: S608  only a constant of this module is put in.


def claim_ownership(session: Session, *, now: datetime) -> None:
    """Write down that home is here, whatever was known."""
    session.execute(_MOVE_IN, {"now": now})


_HOLD = text("""
    INSERT INTO home (id, cluster, database, since) VALUES (1, '', '', :now)
    ON CONFLICT (id) DO UPDATE SET cluster = '', database = '', since = excluded.since
    """)


def revoke_ownership(session: Session, *, now: datetime) -> None:
    """Write down that home is nowhere."""
    session.execute(_HOLD, {"now": now})


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEdition:
    """An edition that is on its way, and how many readers have no final state in it yet."""

    id: int
    newsletter: str
    slot_date: date
    slot_time: time
    state: str
    is_stopped: bool
    readers: int


_ON_THEIR_WAY = text("""
    SELECT edition.id, newsletter.slug AS newsletter, edition.slot_date, edition.slot_time,
           edition.state,
           edition.paused_at IS NOT NULL
               OR edition.held_at IS NOT NULL AND edition.state IN ('planned', 'selected')
               AS is_stopped,
           (SELECT count(*) FROM delivery
            WHERE delivery.edition_id = edition.id
              AND (delivery.state = 'pending' OR delivery.next_at IS NOT NULL)) AS readers
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.finished_at IS NULL
      AND edition.state IN ('planned', 'selected', 'frozen', 'rendered', 'sending')
    ORDER BY edition.id
    """)


def pending_editions(session: Session) -> list[PendingEdition]:
    """Return the editions that would go on if mail may leave, oldest first."""
    return [
        PendingEdition(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a row's mapping.
        for row in session.execute(_ON_THEIR_WAY)
    ]


_OPEN_NOTICES = text("""
    SELECT count(*) FROM notice
    WHERE state IN ('pending', 'leased', 'deferred') AND expires_at > :now
    """)


def count_pending_notices(session: Session, *, now: datetime) -> int:
    """Count transactional mails that would go out if mail may leave."""
    return int(session.execute(_OPEN_NOTICES, {"now": now}).scalar_one())
