"""Reports as they came in, the outcomes they tell, and reviews of unknown readers."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz, type_id
from service.kit.translatable import TranslatableMessage


class InboundReport(Base):
    """One bounce, complaint or other message about our mail, stored before it is processed."""

    __tablename__ = "report"
    __table_args__ = (
        # Both are queried at every tick, among all reports ever received.
        Index("ix_report_waiting", "id", postgresql_where="processed_at IS NULL"),
        Index("ix_report_raw", "processed_at", postgresql_where="raw IS NOT NULL"),
    )

    id: Mapped[type_id]
    received_at: Mapped[timestamptz]
    # smtp, lmtp, pipe or the name of a provider's hook; dialogue: refused while it was sent.
    channel: Mapped[str]
    # The envelope recipient it came to, which carries the VERP token.
    envelope_to: Mapped[str | None]
    # SHA-256 of envelope recipient and raw bytes: the same report twice has one effect.
    fingerprint: Mapped[str] = mapped_column(unique=True)
    # Deleted after some weeks: it may hold a reader's address.
    raw: Mapped[bytes | None] = mapped_column(LargeBinary())
    processed_at: Mapped[timestamptz | None]
    # Why it had no effect, if it had none.
    note: Mapped[TranslatableMessage | None]


class UnsignedMessage(Base):
    """A message to an address that anybody may write to, in which nothing is signed by us."""

    __tablename__ = "unsigned_mail"

    id: Mapped[type_id]
    received_at: Mapped[timestamptz]
    channel: Mapped[str]
    envelope_to: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary())


class SuppressionReview(Base):
    """How many of one mailbox provider's readers seem to be unknown in one edition.

    Beyond a plausible share a review opens (`held_at`): no reader is suppressed until an operator
    has decided. The provider `*` stands for all readers of the edition.
    """

    __tablename__ = "bounce_hold"
    __table_args__ = (
        Index(
            "ix_bounce_hold_open",
            "edition_id",
            postgresql_where="held_at IS NOT NULL AND decided_at IS NULL",
        ),
    )

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # As the pacing file calls it, or the domain where it has no rule.
    provider: Mapped[str] = mapped_column(primary_key=True)
    unknown: Mapped[int] = mapped_column(server_default="0")
    # How many there were when they were last compared, and with how many answers.
    weighed: Mapped[int] = mapped_column(server_default="0")
    answered: Mapped[int] = mapped_column(server_default="0")
    held_at: Mapped[timestamptz | None]
    decided_at: Mapped[timestamptz | None]
    # gone: the readers are suppressed; ours: they are not, and may be sent the edition again.
    decision: Mapped[str | None]


class Outcome(Base):
    """What a report tells about one delivery (edition 0 is a notice)."""

    __tablename__ = "outcome"
    __table_args__ = (Index("ix_outcome_subscriber_id", "subscriber_id", "at"),)

    id: Mapped[type_id]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    newsletter_id: Mapped[int | None] = mapped_column(BigInteger())
    edition_id: Mapped[int | None] = mapped_column(BigInteger())
    subscriber_id: Mapped[int | None] = mapped_column(BigInteger())
    at: Mapped[timestamptz]
    # failed, delayed, delivered, complaint, autoreply
    kind: Mapped[str]
    reason: Mapped[str]
    hard: Mapped[bool] = mapped_column(Boolean())
    # reader, sender, relay, unknown; NULL from before faults were stored.
    fault: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="")
    diagnostic: Mapped[str] = mapped_column(server_default="")
