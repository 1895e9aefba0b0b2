"""Deliveries, the batches they are leased in, their attempts, and the transactional messages."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.delivery.lifecycle import DELIVERY, NOTICE, DeliveryState
from service.kit.db import Base, timestamptz, type_id
from service.kit.state_column import StateType, state_constraint
from service.kit.translatable import TranslatableMessage
from service.kit.word_column import WordType, word_constraint
from service.newsletters.frequency import Frequency


class Delivery(Base):
    """The intent, then the fact, of handing one edition to one subscriber.

    No foreign keys: a million rows are written in one go, and checking each would cost more than
    writing it; nothing deletes editions or subscribers (erasure empties a subscriber's row). No
    index names `state`: the row's one update then stays on its page (a heap-only tuple).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        # Natural: one row per pair is promise 2, and no second index has to be kept.
        PrimaryKeyConstraint("edition_id", "subscriber_id"),
        state_constraint(DELIVERY),
        # What is deferred has its time; besides, only an uncertain one may be tried again.
        CheckConstraint(
            "CASE state WHEN 'deferred' THEN next_at IS NOT NULL WHEN 'uncertain' THEN true "
            "ELSE next_at IS NULL END",
            name="next_at",
        ),
        Index("ix_delivery_due", "edition_id", "next_at", postgresql_where="next_at IS NOT NULL"),
        # What came back of an edition is little, and counted while it is being sent.
        Index("ix_delivery_outcome", "edition_id", postgresql_where="outcome IS NOT NULL"),
        # Room on each page for the outcomes of its rows.
        {"postgresql_with": {"fillfactor": 60}},
    )

    edition_id: Mapped[int] = mapped_column(BigInteger())
    subscriber_id: Mapped[int] = mapped_column(BigInteger())
    # Whose lease covers the row while it is pending.
    batch_id: Mapped[int] = mapped_column(BigInteger())
    # The reader's variant: which rendition they get.
    mask: Mapped[int] = mapped_column(BigInteger())
    state: Mapped[DeliveryState] = mapped_column(StateType(DELIVERY))
    # Minutes after the edition's slot at which this reader's clock shows the slot's time.
    wave: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    # Of a reader in the sample of a subject test: which subject they get, 1 or 2.
    sample: Mapped[int | None] = mapped_column(SmallInteger())
    attempts: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    # How often a connection died between the final dot and the answer.
    ambiguous_attempts: Mapped[int] = mapped_column("doubts", SmallInteger(), server_default="0")
    # When a deferred (or once uncertain) delivery is tried again; NULL means not by itself.
    next_at: Mapped[timestamptz | None]
    settled_at: Mapped[timestamptz | None]
    reason: Mapped[str | None]
    # The relay's last answer, scrubbed of addresses.
    reply: Mapped[str | None]
    # What came back later: bounced, complained; with its reason.
    outcome: Mapped[str | None]
    outcome_at: Mapped[timestamptz | None]
    # The edition's revision that this reader has, or may have been sent; NULL means none, and
    # whichever is the latest is sent. Acceptances from before it was kept have none either.
    revision: Mapped[int | None] = mapped_column(SmallInteger())


class Batch(Base):
    """A few hundred deliveries of an edition that are leased together.

    One written row covers them all: a delivery's own row is written once, with its outcome. The
    rows of a batch are its pending ones between `first_id` and `last_id`, or those of its members.
    """

    __tablename__ = "batch"
    __table_args__ = (
        Index(
            "ix_batch_open", "edition_id", "deaths", "due_at", postgresql_where="done_at IS NULL"
        ),
    )

    id: Mapped[type_id]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    first_id: Mapped[int] = mapped_column(BigInteger())
    last_id: Mapped[int] = mapped_column(BigInteger())
    # Who exactly, when they are few between far ends: retries, and readers in far time zones.
    members: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger()))
    due_at: Mapped[timestamptz]
    # Its readers get the winner of a subject test: it is not leased before there is one.
    awaits_test: Mapped[bool] = mapped_column(server_default="false")
    # Grows with each lease; an answer under an older fence is not written.
    fence: Mapped[int] = mapped_column(server_default="0")
    # NULL means that no worker holds it; a past instant, that its holder has died or frozen.
    leased_until: Mapped[timestamptz | None]
    # The edition's revision that its holder sends; once one has died, also every later one.
    revision: Mapped[int | None] = mapped_column(SmallInteger())
    # How many holders never came back.
    deaths: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    done_at: Mapped[timestamptz | None]


class Attempt(Base):
    """One SMTP transaction for a delivery that did not simply succeed the first time.

    Edition 0 is a notice; of those only refusals are kept.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_delivery", "edition_id", "subscriber_id"),
        # The last answer of each, without those that were only put off.
        Index(
            "ix_attempt_answer",
            "edition_id",
            "subscriber_id",
            text("id DESC"),
            postgresql_where="result <> 'deferred'",
        ),
        Index(
            "ix_attempt_unread",
            "edition_id",
            "id",
            postgresql_where="result = 'refused' AND read_at IS NULL",
        ),
    )

    id: Mapped[type_id]
    edition_id: Mapped[int] = mapped_column(BigInteger())
    subscriber_id: Mapped[int] = mapped_column(BigInteger())
    at: Mapped[timestamptz]
    result: Mapped[str]
    reply: Mapped[str] = mapped_column(server_default="")
    # The command that was answered: connect, mail, rcpt, data, dot. NULL: nothing was.
    stage: Mapped[str | None]
    # What a 5xx means: whose fault (reader, sender, relay, unknown), the reason, and whether the
    # address itself is bad. NULL: no 5xx, or from before this was kept.
    fault: Mapped[str | None]
    reason: Mapped[str | None]
    hard: Mapped[bool | None]
    # When a refusal was read for what it says about the reader's address.
    read_at: Mapped[timestamptz | None]


class ProgressCounter(Base):
    """What one group of outcomes added to an edition's books: progress without counting rows."""

    __tablename__ = "tally"
    __table_args__ = (Index("ix_tally_edition_id", "edition_id", "at"),)

    id: Mapped[type_id]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    at: Mapped[timestamptz]
    accepted: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    suppressed: Mapped[int] = mapped_column(server_default="0")
    expired: Mapped[int] = mapped_column(server_default="0")
    uncertain: Mapped[int] = mapped_column(server_default="0")
    # Not final: attempts that were put off.
    deferred: Mapped[int] = mapped_column(server_default="0")
    # Of those expired, whom an operator's cancellation ended.
    cancelled: Mapped[int] = mapped_column(server_default="0")
    # Refusals by the sender's, the relay's or an unknown fault, also those that are tried again.
    faults: Mapped[int] = mapped_column(server_default="0")
    # Refusals that an operator has taken back, to send again.
    reopened: Mapped[int] = mapped_column(server_default="0")
    # Refusals because the mailbox does not exist.
    no_mailbox: Mapped[int] = mapped_column(server_default="0")
    # Which revision the messages had; NULL where none was sent, and from before it was kept.
    revision: Mapped[int | None] = mapped_column(SmallInteger())
    # Of those accepted, readers in the sample of a subject test, by their subject.
    first_subject: Mapped[int] = mapped_column(server_default="0")
    second_subject: Mapped[int] = mapped_column(server_default="0")


class SendingOwnership(Base):
    """Which database this is: a copy of it elsewhere must not send the same messages again."""

    __tablename__ = "home"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False)
    # PostgreSQL's own number of the cluster; of the database in it, and of this very table.
    cluster: Mapped[str]
    database: Mapped[str]
    since: Mapped[timestamptz]


class RelayTrouble(Base):
    """A relay that did not let a worker in, until it lets that one in again."""

    __tablename__ = "relay_trouble"

    # As `Relay.name` has it; a sender's domain where no relay is for it.
    relay: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[TranslatableMessage]
    advice: Mapped[TranslatableMessage]
    since: Mapped[timestamptz]
    last_at: Mapped[timestamptz]


class TrialMessage(Base):
    """An edition as it is now, for an address that an editor has named; sent at most once.

    The address goes when the row does: it is no reader's, and nothing else is kept of it.
    """

    __tablename__ = "trial_message"

    id: Mapped[type_id]
    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str]
    # The choice of sections to show; NULL means all.
    mask: Mapped[int | None] = mapped_column(BigInteger())
    requested_at: Mapped[timestamptz] = mapped_column(index=True)
    # Before it is handed over: a worker that dies then leaves it unsent.
    started_at: Mapped[timestamptz | None]
    settled_at: Mapped[timestamptz | None]
    # Accepted, refused, unreachable or unwritable.
    result: Mapped[str | None]
    # The relay's answer, or why there is none.
    reply: Mapped[str | None]


class Notice(Base):
    """A transactional message (confirm, welcome, goodbye) with the states of a delivery."""

    __tablename__ = "notice"
    __table_args__ = (
        state_constraint(NOTICE),
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
    state: Mapped[DeliveryState] = mapped_column(StateType(NOTICE))
    created_at: Mapped[timestamptz]
    next_at: Mapped[timestamptz]
    expires_at: Mapped[timestamptz]
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    settled_at: Mapped[timestamptz | None]
    reason: Mapped[str | None]
    reply: Mapped[str | None]


class ReaderMove(Base):
    """A publisher's move of readers to a less frequent series; unfinished ones continue."""

    __tablename__ = "reader_move"
    __table_args__ = (
        word_constraint("moved_from", Frequency),
        word_constraint("moved_to", Frequency),
        # One at a time for each newsletter.
        Index(
            "ix_reader_move_running",
            "newsletter_id",
            unique=True,
            postgresql_where="finished_at IS NULL",
        ),
    )

    id: Mapped[type_id]
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    moved_from: Mapped[Frequency] = mapped_column(WordType(Frequency))
    moved_to: Mapped[Frequency] = mapped_column(WordType(Frequency))
    # How many there were when it started, and how many have been moved.
    readers: Mapped[int] = mapped_column(BigInteger())
    moved: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    # Readers up to this one have been moved, or left alone.
    last_subscriber_id: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    # The last notice so far is sent then: they are spread, so that no confirmation waits.
    notices_until: Mapped[timestamptz]
    started_at: Mapped[timestamptz]
    finished_at: Mapped[timestamptz | None]
