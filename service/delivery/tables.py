"""Deliveries, their attempts, and the transactional mails."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz, type_id


class Delivery(Base):
    """The intent, then the fact, of handing one edition to one subscriber."""

    __tablename__ = "delivery"
    __table_args__ = (
        # Natural: one row per pair is promise 2, and no second index has to be kept.
        PrimaryKeyConstraint("edition_id", "subscriber_id"),
        Index(
            "ix_delivery_due",
            "edition_id",
            "next_at",
            postgresql_where="state IN ('pending', 'leased', 'deferred')",
        ),
        Index("ix_delivery_subscriber_id", "subscriber_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    # The reader's variant: which rendition they get.
    mask: Mapped[int] = mapped_column(BigInteger())
    state: Mapped[str]
    # When it may be taken: at once, after a deferral, or when a lease has run out.
    next_at: Mapped[timestamptz]
    # Grows with each lease; an answer under an older fence is not written.
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    settled_at: Mapped[timestamptz | None]
    reason: Mapped[str | None]
    # The relay's last answer, scrubbed of addresses.
    reply: Mapped[str | None]
    # What came back later: bounced, complained; with its reason.
    outcome: Mapped[str | None]
    outcome_at: Mapped[timestamptz | None]


class Attempt(Base):
    """One SMTP transaction for a delivery that did not simply succeed at once."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_delivery", "edition_id", "subscriber_id"),)

    id: Mapped[type_id]
    edition_id: Mapped[int] = mapped_column(BigInteger())
    subscriber_id: Mapped[int] = mapped_column(BigInteger())
    at: Mapped[timestamptz]
    result: Mapped[str]
    reply: Mapped[str] = mapped_column(server_default="")


class Notice(Base):
    """A transactional mail (confirm, welcome, goodbye) with the states of a delivery."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_due",
            "next_at",
            postgresql_where="state IN ('pending', 'leased', 'deferred')",
        ),
    )

    id: Mapped[type_id]
    kind: Mapped[str]
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.id", ondelete="CASCADE"), index=True
    )
    # What the template needs beyond the reader and the newsletter, such as the token's expiry.
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    state: Mapped[str]
    created_at: Mapped[timestamptz]
    next_at: Mapped[timestamptz]
    expires_at: Mapped[timestamptz]
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    settled_at: Mapped[timestamptz | None]
    reason: Mapped[str | None]
    reply: Mapped[str | None]
