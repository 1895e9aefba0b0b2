"""Operators, their sessions, their one-time links, their API keys, and the audit trail."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz, type_id


class Operator(Base):
    """Someone with a console account."""

    __tablename__ = "operator"

    id: Mapped[type_id]
    # Lower-case: an operator signs in with it.
    address: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="fr")
    created_at: Mapped[timestamptz]
    disabled_at: Mapped[timestamptz | None]


class OperatorSession(Base):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "operator_session"

    id: Mapped[type_id]
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[timestamptz]
    last_seen_at: Mapped[timestamptz]
    expires_at: Mapped[timestamptz]


class OperatorLink(Base):
    """A one-time link: it creates the first operator, or lets one set a new password."""

    __tablename__ = "operator_link"

    id: Mapped[type_id]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    secret_hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_at: Mapped[timestamptz]
    expires_at: Mapped[timestamptz]
    used_at: Mapped[timestamptz | None]


class ApiKey(Base):
    """A bearer key of the publisher's system, known by its hash."""

    __tablename__ = "api_key"

    id: Mapped[type_id]
    name: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[timestamptz]
    revoked_at: Mapped[timestamptz | None]
    # The operator with whom it is revoked; NULL for the command line's and for old ones.
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="SET NULL"))


class AuditEntry(Base):
    """What an operator did; the fact carries ids, never addresses."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"),)

    id: Mapped[type_id]
    at: Mapped[timestamptz]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="SET NULL"))
    event: Mapped[str]
    facts: Mapped[dict[str, Any]]
