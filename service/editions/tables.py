"""Editions and the articles that are in them."""

from datetime import date, time
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz, type_id


class Edition(Base):
    """One dated issue of a newsletter."""

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "slot_date", "slot_time"),
        Index("ix_edition_open", "state", postgresql_where="finished_at IS NULL"),
    )

    id: Mapped[type_id]
    # What a public address shows instead of the id.
    key: Mapped[str] = mapped_column(unique=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    # The slot in the newsletter's own zone; a slot runs once.
    slot_date: Mapped[date]
    slot_time: Mapped[time]
    # schedule, or by an operator's hand.
    origin: Mapped[str]
    state: Mapped[str]
    # Half-open [window_from, window_to) of first-seen times; window_from NULL means since ever.
    window_from: Mapped[timestamptz | None]
    window_to: Mapped[timestamptz]
    # Bits of the sections that have articles here; known once selected.
    section_mask: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    subject: Mapped[str | None]
    # Fixed at the freeze: the newsletter's words, and a hash over everything that is shown.
    frozen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    content_hash: Mapped[str | None]
    # Why nothing was sent, or why it was stopped, in a sentence.
    note: Mapped[str | None]
    planned_at: Mapped[timestamptz]
    # An operator wants to look first: nothing goes beyond `selected` until it is NULL again.
    held_at: Mapped[timestamptz | None]
    frozen_at: Mapped[timestamptz | None]
    # The last subscriber who was enrolled so far: a crash goes on from here.
    enrolled_to: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    enrolled_at: Mapped[timestamptz | None]
    # How many readers it is for, NULL until all are enrolled; and how many of them, so far, get it
    # how many minutes after the slot.
    readers: Mapped[int | None]
    waves: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # How many readers have chosen which of its sections: each choice is a variant to render.
    masks: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    paused_at: Mapped[timestamptz | None]
    # When somebody last let it go on: what went wrong before is known to them.
    resumed_at: Mapped[timestamptz | None]
    # How often it has stopped because of how it went: whoever let it go on has seen why.
    own_pauses: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    # How often work on it has failed in a row, and how far it had come then: an edition that fails
    # again where it stood is paused.
    setbacks: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    setback_at: Mapped[str | None]
    # Until when it is news, where an operator who sends it again has said so.
    expires_at: Mapped[timestamptz | None]
    # Finished, skipped, cancelled or lapsed.
    finished_at: Mapped[timestamptz | None]
    # Grows when an article is withdrawn or corrected after the freeze; and which one is rendered.
    # While they differ no mail begins.
    revision: Mapped[int] = mapped_column(SmallInteger(), server_default="1")
    rendered_revision: Mapped[int] = mapped_column(SmallInteger(), server_default="1")


class EditionArticle(Base):
    """An article in an edition, with what was frozen of it."""

    __tablename__ = "edition_article"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "article_id"),
        # Which editions carry an article that was changed.
        Index("ix_edition_article_article_id", "article_id"),
    )

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    # Repeated from the edition: the database itself refuses to send an article twice.
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    position: Mapped[int] = mapped_column(SmallInteger())
    frozen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The revision from which on it is left out, because the publisher withdrew it.
    left_out_in: Mapped[int | None] = mapped_column(SmallInteger())


class EditionRevision(Base):
    """A change after the freeze: when, and how many articles were withdrawn or corrected."""

    __tablename__ = "edition_revision"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # The freeze is number 1 and has no row.
    number: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    made_at: Mapped[timestamptz]
    withdrawn: Mapped[int] = mapped_column(SmallInteger())
    corrected: Mapped[int] = mapped_column(SmallInteger())


class EditionBuildLease(Base):
    """Who may carry an edition on, until when; a table of its own, so that no step waits for it."""

    __tablename__ = "building"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # Grows with each lease; a step under an older one writes nothing.
    fence: Mapped[int]
    # NULL means that nobody holds it; a past instant, that its holder has died or frozen.
    leased_until: Mapped[timestamptz | None]
