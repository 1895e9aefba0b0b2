"""Every SQL statement about operators, their sessions, links, keys and the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from service.accounts.tables import ApiKey, AuditEntry, Operator, OperatorLink, OperatorSession


def any_owner(session: Session) -> bool:
    """Whether there is an owner who can sign in, now or by a one-time link."""
    return count_owners(session) > 0


def lock_operators(session: Session) -> None:
    """Serialise the transactions that decide who is the first operator."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('crieur.operators'))"))


def operator_by_address(session: Session, address: str) -> Operator | None:
    """Find the operator who signs in with this address in lower case."""
    return session.scalar(select(Operator).where(Operator.address == address))


def operator_by_id(session: Session, operator_id: int) -> Operator | None:
    """Find an operator."""
    return session.get(Operator, operator_id)


def replace_password(session: Session, operator_id: int, *, was: str, new: str) -> bool:
    """Set an operator's password hash if it is still the old one."""
    changed = session.scalar(
        update(Operator)
        .where(Operator.id == operator_id, Operator.password_hash == was)
        .values(password_hash=new)
        .returning(Operator.id)
    )
    return changed is not None


def all_operators(session: Session) -> list[Operator]:
    """List operators, oldest first."""
    return list(session.scalars(select(Operator).order_by(Operator.id)))


def add_operator(session: Session, operator: Operator) -> Operator:
    """Insert an operator; the flush is what gives it its id."""
    session.add(operator)
    session.flush()
    return operator


def add_session(session: Session, row: OperatorSession) -> None:
    """Insert a session."""
    session.add(row)


def session_by_hash(
    session: Session, secret_hash: str, *, now: datetime
) -> tuple[OperatorSession, Operator] | None:
    """Find a live session and its operator, unless the operator is disabled."""
    row = session.execute(
        select(OperatorSession, Operator)
        .join(Operator, Operator.id == OperatorSession.operator_id)
        .where(
            OperatorSession.secret_hash == secret_hash,
            OperatorSession.expires_at > now,
            Operator.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    operator_session, operator = row
    return operator_session, operator


def end_session(session: Session, secret_hash: str) -> int | None:
    """Delete one session; return its operator."""
    return session.scalar(
        delete(OperatorSession)
        .where(OperatorSession.secret_hash == secret_hash)
        .returning(OperatorSession.operator_id)
    )


def end_sessions_of(session: Session, operator_id: int, *, but: str | None = None) -> int:
    """Delete an operator's sessions, all or all but one; return how many there were."""
    statement = delete(OperatorSession).where(OperatorSession.operator_id == operator_id)
    if but is not None:
        statement = statement.where(OperatorSession.secret_hash != but)
    return len(session.execute(statement.returning(OperatorSession.id)).all())


def forget_expired_sessions(session: Session, *, now: datetime) -> None:
    """Delete expired sessions."""
    session.execute(delete(OperatorSession).where(OperatorSession.expires_at <= now))


def add_link(session: Session, link: OperatorLink) -> None:
    """Insert a one-time link."""
    session.add(link)


def forget_open_links(session: Session, operator_id: int | None) -> None:
    """Delete unused links of an operator (None: of the first one): only the newest works."""
    session.execute(
        delete(OperatorLink).where(
            OperatorLink.operator_id.is_not_distinct_from(operator_id),
            OperatorLink.used_at.is_(None),
        )
    )


def open_link(session: Session, secret_hash: str, *, now: datetime) -> OperatorLink | None:
    """Find a link that is neither used nor expired."""
    return session.scalar(
        select(OperatorLink).where(
            OperatorLink.secret_hash == secret_hash,
            OperatorLink.used_at.is_(None),
            OperatorLink.expires_at > now,
        )
    )


def use_link(session: Session, secret_hash: str, *, now: datetime) -> OperatorLink | None:
    """Mark a link as used; None means it was used or has expired, perhaps a moment ago."""
    return session.scalar(
        update(OperatorLink)
        .where(
            OperatorLink.secret_hash == secret_hash,
            OperatorLink.used_at.is_(None),
            OperatorLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(OperatorLink)
    )


def add_key(session: Session, key: ApiKey) -> ApiKey:
    """Insert an API key; the flush is what gives it its id."""
    session.add(key)
    session.flush()
    return key


def key_by_hash(session: Session, secret_hash: str) -> ApiKey | None:
    """Find a key that is not revoked."""
    return session.scalar(
        select(ApiKey).where(ApiKey.secret_hash == secret_hash, ApiKey.revoked_at.is_(None))
    )


def all_keys(session: Session) -> list[ApiKey]:
    """List keys, newest first."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.id.desc())))


def revoke_key(session: Session, key_id: int, *, now: datetime) -> bool:
    """Revoke a key; False means there is none or it was revoked already."""
    return (
        session.scalar(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(ApiKey.id)
        )
        is not None
    )


def revoke_keys_of(session: Session, operator_id: int, *, now: datetime) -> int:
    """Revoke the keys that an operator made; return how many worked until now."""
    return len(
        session.scalars(
            update(ApiKey)
            .where(ApiKey.operator_id == operator_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(ApiKey.id)
        ).all()
    )


def lock_event_count(session: Session, name: str) -> None:
    """Serialise the transactions that count under this name."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('crieur.audit'), hashtext(:name))"),
        {"name": name},
    )


def open_count_entry(
    session: Session,
    *,
    operator_id: int | None,
    event: str,
    key: Mapping[str, Any],
    since: datetime,
) -> AuditEntry | None:
    """Find the entry that counts these events since then."""
    return session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.at > since,
            AuditEntry.event == event,
            AuditEntry.operator_id.is_not_distinct_from(operator_id),
            AuditEntry.facts.contains(dict(key)),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def add_audit_entry(
    session: Session,
    *,
    operator_id: int | None,
    event: str,
    facts: Mapping[str, Any],
    at: datetime,
) -> None:
    """Append to the audit trail."""
    session.add(AuditEntry(operator_id=operator_id, event=event, facts=dict(facts), at=at))


def audit_page(
    session: Session, *, before_id: int | None, limit: int
) -> Sequence[tuple[AuditEntry, str | None]]:
    """List what operators did, newest first, with their names."""
    statement = (
        select(AuditEntry, Operator.name)
        .outerjoin(Operator, Operator.id == AuditEntry.operator_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return [(entry, name) for entry, name in session.execute(statement)]


def latest_audit_entry(
    session: Session, *, event: str, facts: Mapping[str, Any]
) -> tuple[AuditEntry, str | None] | None:
    """Find the newest entry of an event whose facts contain these, with the operator's name."""
    row = session.execute(
        select(AuditEntry, Operator.name)
        .outerjoin(Operator, Operator.id == AuditEntry.operator_id)
        .where(AuditEntry.event == event, AuditEntry.facts.contains(dict(facts)))
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    entry, name = row
    return entry, name


def count_owners(session: Session) -> int:
    """Count owners who can sign in."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(Operator)
            .where(Operator.role == "owner", Operator.disabled_at.is_(None))
        )
        or 0
    )
