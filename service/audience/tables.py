"""Tables of subscribers, subscriptions, consent, suppressions and subscriber counts."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Interval,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.audience.lifecycle import SUBSCRIPTION, SubscriptionState
from service.kit.db import Base, timestamptz, type_id
from service.kit.state_column import StateType, state_constraint
from service.kit.translatable import TranslatableMessage
from service.kit.word_column import WordType, word_constraint
from service.newsletters.frequency import Frequency


class Subscriber(Base):
    """One person at one address."""

    __tablename__ = "subscriber"

    id: Mapped[type_id]
    # As the reader typed it; erasure sets it and the key to NULL.
    address: Mapped[str | None]
    # The normal form: one mailbox is one subscriber.
    address_key: Mapped[str | None] = mapped_column(unique=True)
    # An IANA name; NULL means the newsletter's own zone.
    time_zone: Mapped[str | None]
    created_at: Mapped[timestamptz]
    erased_at: Mapped[timestamptz | None]


class Subscription(Base):
    """The relation between a subscriber and a newsletter: pending, active, ended."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "subscriber_id"),
        state_constraint(SUBSCRIPTION),
        word_constraint("frequency", Frequency),
        # The audience of a series, in the order in which it is enrolled.
        Index(
            "ix_subscription_series",
            "newsletter_id",
            "frequency",
            "subscriber_id",
            postgresql_where="state = 'active'",
        ),
        # Those who have a place of their own between two editions are few.
        Index(
            "ix_subscription_previous_edition",
            "newsletter_id",
            "frequency",
            "previous_edition_id",
            "subscriber_id",
            postgresql_where="previous_edition_id IS NOT NULL",
        ),
        # The audience of an alert.
        Index(
            "ix_subscription_alerts",
            "newsletter_id",
            "subscriber_id",
            postgresql_where="wants_alerts AND state = 'active'",
        ),
    )

    id: Mapped[type_id]
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[SubscriptionState] = mapped_column(StateType(SUBSCRIPTION))
    # Bits of the selected sections; NULL means every section, including future ones.
    section_mask: Mapped[int | None] = mapped_column(BigInteger())
    # How often the reader gets the newsletter: which series of editions is theirs.
    frequency: Mapped[Frequency] = mapped_column(WordType(Frequency), server_default=Frequency.EACH)
    # The last edition that the reader had a place in, where it is not the last one of their series:
    # their next edition begins where it ended. NULL: they follow their series.
    previous_edition_id: Mapped[int | None] = mapped_column(BigInteger())
    # Whether the reader has chosen alerts, about the sections that they have chosen.
    wants_alerts: Mapped[bool] = mapped_column(server_default="false")
    # Grows with every sign-up, so that an older confirmation link is refused.
    generation: Mapped[int] = mapped_column(server_default="1")
    requested_at: Mapped[timestamptz]
    confirmed_at: Mapped[timestamptz | None]
    ended_at: Mapped[timestamptz | None]
    ended_by: Mapped[str | None]
    # Confirmation messages are limited per address here, independently of Redis.
    confirm_sent_at: Mapped[timestamptz | None]
    confirm_sent_count: Mapped[int] = mapped_column(server_default="0")

    @property
    def choice(self) -> dict[str, int | str | None]:
        """What the reader has chosen, as consent proofs and notices store it."""
        alerts = {"alerts": True} if self.wants_alerts else {}
        return {"section_mask": self.section_mask, "frequency": self.frequency.value, **alerts}


class ConsentTextRow(Base):
    """A text that a page showed to readers, stored once: millions of consents share a row.

    No row is ever changed or removed: it is half of a proof.
    """

    __tablename__ = "consent_text"

    # The language and a hash of the text: fr-9f86d081884c7d659a2feaa0c55ad015.
    key: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    words: Mapped[str]
    kept_since: Mapped[timestamptz]


class MailboxMessageCount(Base):
    """How many messages a mailbox received by sign-ups, under any of its aliases, since when."""

    __tablename__ = "mailbox_mails"

    # A hash of the mailbox that the address is an alias of; a row lives for a day.
    mailbox: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[timestamptz] = mapped_column(index=True)
    count: Mapped[int]


class Consent(Base):
    """A consent proof: action, time, consent text, truncated network."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_subscription_id", "subscription_id", "at"),)

    id: Mapped[type_id]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id", ondelete="CASCADE"))
    at: Mapped[timestamptz]
    # One of: requested, confirmed, changed, ended, imported.
    act: Mapped[str]
    # The text that the reader saw; NULL if none was shown.
    text_key: Mapped[str | None] = mapped_column(ForeignKey("consent_text.key"))
    # Of actions before `consent_text`: a short hash; the text itself is in `facts`.
    text_version: Mapped[str | None]
    # 203.0.113.0/24 or 2001:db8:1::/48: enough to prove, too little to find a person.
    network: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class Suppression(Base):
    """A suppressed address, stored as a keyed hash so that it outlives erasure."""

    __tablename__ = "suppression"
    __table_args__ = (
        # Suppressions without a subscriber: senders check whether there are any.
        Index("ix_suppression_orphan", "address_hash", postgresql_where="subscriber_id IS NULL"),
        # Lists show the latest first; a bad day is undone by its time.
        Index("ix_suppression_since", "since", "address_hash"),
    )

    address_hash: Mapped[str] = mapped_column(primary_key=True)
    # NULL after erasure: the hash remains.
    subscriber_id: Mapped[int | None] = mapped_column(
        ForeignKey("subscriber.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str]
    # The name of the secret that made the hash; NULL if it is unknown.
    imprint_key: Mapped[str | None]
    # What led to it, for operators; contains no address.
    evidence: Mapped[TranslatableMessage | None]
    since: Mapped[timestamptz]


class StoredSubscriberCounts(Base):
    """The last count of all subscriptions, for pages that cannot wait for a new one."""

    __tablename__ = "headcount"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False)
    counted_at: Mapped[timestamptz]
    took: Mapped[timedelta] = mapped_column(Interval())
    subscriptions: Mapped[int] = mapped_column(BigInteger())
    # By newsletter, as `counts_to_json` returns it.
    figures: Mapped[dict[str, Any]]
