"""Editions and the articles that are in them."""

from datetime import date, time, timedelta
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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.editions.kind import EditionKind
from service.editions.lifecycle import (
    EDITION,
    SUBJECT_TEST,
    EditionState,
    SubjectTestState,
)
from service.editions.subject_test_rules import Measure, SubjectTestOutcome
from service.kit.db import Base, timestamptz, type_id
from service.kit.lifecycle import sql_list
from service.kit.state_column import StateType, state_constraint
from service.kit.translatable import TranslatableMessage
from service.kit.word_column import WordType, word_constraint
from service.newsletters.frequency import Frequency


class Edition(Base):
    """One dated issue of a newsletter."""

    __tablename__ = "edition"
    __table_args__ = (
        # A slot has one edition in each series, and one for those who had each other one before.
        Index(
            "uq_edition_slot",
            "newsletter_id",
            "frequency",
            "slot_date",
            "slot_time",
            unique=True,
            postgresql_where="previous_edition_id IS NULL",
        ),
        Index(
            "uq_edition_catch_up",
            "newsletter_id",
            "frequency",
            "slot_date",
            "slot_time",
            "previous_edition_id",
            unique=True,
            postgresql_where="previous_edition_id IS NOT NULL",
        ),
        word_constraint("frequency", Frequency),
        word_constraint("kind", EditionKind),
        # What is no digest belongs to no series: every reader gets it.
        CheckConstraint("(kind = 'digest') = (frequency IS NOT NULL)", name="series"),
        state_constraint(EDITION),
        CheckConstraint(
            f"(finished_at IS NOT NULL) = (state IN {sql_list(EDITION.final_states)})",
            name="finished_at",
        ),
        Index("ix_edition_open", "state", postgresql_where="finished_at IS NULL"),
        # What readers have had as alerts of late.
        Index("ix_edition_alert", "newsletter_id", "id", postgresql_where="kind = 'alert'"),
    )

    id: Mapped[type_id]
    # What a public address shows instead of the id.
    key: Mapped[str] = mapped_column(unique=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    kind: Mapped[EditionKind] = mapped_column(
        WordType(EditionKind), server_default=EditionKind.DIGEST
    )
    # The series that it belongs to: its readers' frequency; NULL of what is no digest.
    frequency: Mapped[Frequency | None] = mapped_column(
        WordType(Frequency), server_default=Frequency.EACH
    )
    # Of a catch-up edition: the one that its readers had before it, which was of another series.
    previous_edition_id: Mapped[int | None] = mapped_column(BigInteger())
    # The slot in the newsletter's own zone; a slot runs once.
    slot_date: Mapped[date]
    slot_time: Mapped[time]
    # "schedule", or "hand" for an operator's.
    origin: Mapped[str]
    state: Mapped[EditionState] = mapped_column(StateType(EDITION))
    # Half-open [window_from, window_to) of first-seen times; no start if NULL.
    window_from: Mapped[timestamptz | None]
    # Of a draft: its slot.
    window_to: Mapped[timestamptz]
    # Articles of the window's last minutes that the selection left out: the next one, which looks
    # back there, must not find them.
    passed_over: Mapped[list[int]] = mapped_column(ARRAY(BigInteger()), server_default="{}")
    # Articles that were too few for their section: the next selection finds them again.
    waiting: Mapped[list[int]] = mapped_column(ARRAY(BigInteger()), server_default="{}")
    # Bits of the sections that have articles here; known once selected.
    section_mask: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    subject: Mapped[str | None]
    # Fixed at the freeze: a FrozenNewsletter as JSON, and a hash over everything that is shown.
    frozen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    content_hash: Mapped[str | None]
    # Why nothing was sent, or why it was stopped.
    note: Mapped[TranslatableMessage | None]
    planned_at: Mapped[timestamptz]
    # Grows with each change that an editor makes: two do not overwrite each other silently.
    curation_version: Mapped[int] = mapped_column(server_default="0")
    # Who made the last one, and who has approved it since; NULL is a command.
    curated_by: Mapped[int | None] = mapped_column(BigInteger())
    curated_at: Mapped[timestamptz | None]
    approved_by: Mapped[int | None] = mapped_column(BigInteger())
    approved_at: Mapped[timestamptz | None]
    # Waits for approval: nothing goes beyond `selected` until it is NULL again.
    held_at: Mapped[timestamptz | None]
    frozen_at: Mapped[timestamptz | None]
    # The last subscriber enrolled so far: enrolment continues here after a crash.
    enrolled_to: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    enrolled_at: Mapped[timestamptz | None]
    # Number of readers, NULL until all are enrolled; and the readers enrolled so far by the minutes
    # between slot and delivery.
    readers: Mapped[int | None]
    waves: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Number of readers by section mask: each mask is a variant to render.
    masks: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Whether an operator lets it begin in the newsletter's quiet hours.
    ignores_quiet_hours: Mapped[bool] = mapped_column(server_default="false")
    paused_at: Mapped[timestamptz | None]
    # When it was last resumed: the operator knows what went wrong before.
    resumed_at: Mapped[timestamptz | None]
    # How often it has paused itself because of its results.
    own_pauses: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    # Consecutive failures of work on it, and its progress at the last one: an edition that keeps
    # failing without progress is paused.
    setbacks: Mapped[int] = mapped_column(SmallInteger(), server_default="0")
    setback_at: Mapped[str | None]
    # End of its validity, where a resend has set one.
    expires_at: Mapped[timestamptz | None]
    # Finished, skipped, cancelled or lapsed.
    finished_at: Mapped[timestamptz | None]
    # Grows when an article is withdrawn or corrected after the freeze; and the rendered revision.
    # While they differ no message is sent.
    revision: Mapped[int] = mapped_column(SmallInteger(), server_default="1")
    rendered_revision: Mapped[int] = mapped_column(SmallInteger(), server_default="1")


class EditionArticle(Base):
    """An article in an edition, with its frozen content (a FrozenArticle as JSON)."""

    __tablename__ = "edition_article"
    __table_args__ = (
        # No article twice in a series; catch-up editions repeat what others have.
        UniqueConstraint("newsletter_id", "article_id", "series"),
        # Finds the editions that carry a changed article.
        Index("ix_edition_article_article_id", "article_id"),
    )

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    # Repeated from the edition, so that a constraint refuses to carry an article twice.
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    # The edition's frequency; NULL in a catch-up edition, and in what is no digest.
    series: Mapped[Frequency | None] = mapped_column(WordType(Frequency))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    position: Mapped[int] = mapped_column(SmallInteger())
    frozen: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The first revision without it, after the publisher withdrew it.
    left_out_in: Mapped[int | None] = mapped_column(SmallInteger())
    # An operator wants the next revision to have it as it is now, also if only its summary differs.
    revise_now: Mapped[bool] = mapped_column(server_default="false")


class AlertedArticle(Base):
    """An article that makes an alert of a newsletter: it makes no other one."""

    __tablename__ = "alerted_article"

    newsletter_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter.id", ondelete="CASCADE"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), index=True
    )
    alerted_at: Mapped[timestamptz]


class EditionText(Base):
    """What editors have written for one edition; NULL is what the rule makes of its articles."""

    __tablename__ = "edition_text"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str | None]
    preheader: Mapped[str | None]
    # Plain text with simple links, as `rendering.simple_text` reads it.
    introduction: Mapped[str | None]
    sign_off: Mapped[str | None]
    sponsor_label: Mapped[str | None]
    sponsor_text: Mapped[str | None]
    sponsor_url: Mapped[str | None]


class SubjectTest(Base):
    """Two subjects of one edition: a sample gets both, and the better one goes to the rest."""

    __tablename__ = "subject_test"
    __table_args__ = (
        state_constraint(SUBJECT_TEST),
        word_constraint("measure", Measure),
        word_constraint("outcome", SubjectTestOutcome),
        CheckConstraint(
            "(winner IS NOT NULL) = coalesce(outcome <> 'cancelled', false)", name="winner"
        ),
        Index("ix_subject_test_running", "decides_at", postgresql_where="state = 'running'"),
    )

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[SubjectTestState] = mapped_column(StateType(SUBJECT_TEST))
    second_subject: Mapped[str]
    # Of the readers, half of them for each subject.
    sample_percent: Mapped[int] = mapped_column(SmallInteger())
    wait: Mapped[timedelta] = mapped_column(Interval())
    measure: Mapped[Measure] = mapped_column(WordType(Measure))
    # The key of the hash that draws the sample: random, so that no order of ids says who is in it.
    seed: Mapped[int] = mapped_column(BigInteger())
    # Readers enrolled so far for each subject.
    first_readers: Mapped[int] = mapped_column(server_default="0")
    second_readers: Mapped[int] = mapped_column(server_default="0")
    # Since when it runs, and when it is decided; both move when the edition is paused.
    begins_at: Mapped[timestamptz | None]
    decides_at: Mapped[timestamptz | None]
    decided_at: Mapped[timestamptz | None]
    # 1 or 2, unless the edition was cancelled; and why the test ended as it did.
    winner: Mapped[int | None] = mapped_column(SmallInteger())
    outcome: Mapped[SubjectTestOutcome | None] = mapped_column(WordType(SubjectTestOutcome))
    # What was known when it was decided.
    first_accepted: Mapped[int | None]
    second_accepted: Mapped[int | None]
    first_events: Mapped[int | None]
    second_events: Mapped[int | None]


class CuratedArticleRow(Base):
    """What editors have changed about an article of an edition that is not frozen yet."""

    __tablename__ = "curated_article"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    is_dropped: Mapped[bool] = mapped_column(server_default="false")
    is_pinned: Mapped[bool] = mapped_column(server_default="false")
    position: Mapped[int | None] = mapped_column(SmallInteger())
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    # For the message only.
    title: Mapped[str | None]
    summary: Mapped[str | None]


class EditionRevision(Base):
    """A change after the freeze: its time, and the number of articles withdrawn and corrected."""

    __tablename__ = "edition_revision"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # The freeze is number 1 and has no row.
    number: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    made_at: Mapped[timestamptz]
    withdrawn: Mapped[int] = mapped_column(SmallInteger())
    corrected: Mapped[int] = mapped_column(SmallInteger())


class RevisedArticle(Base):
    """An article that a revision changed, and the headline that it had until then."""

    __tablename__ = "revised_article"
    __table_args__ = (Index("ix_revised_article_article_id", "article_id"),)

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    is_withdrawn: Mapped[bool]
    title: Mapped[str]


class CorrectedRevision(Base):
    """A revision that a correction is about: it goes to readers who have an older one.

    A correction names every edition of its newsletter in which the same articles were changed.
    """

    __tablename__ = "corrected_revision"
    # A reader gets one correction for a revision: this finds the others.
    __table_args__ = (Index("ix_corrected_revision_edition_id", "edition_id", "number"),)

    correction_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    # Bits of the sections that the changed articles are in: only their readers saw them.
    section_mask: Mapped[int] = mapped_column(BigInteger())


class EditionBuildLease(Base):
    """The lease under which an edition is built; a table of its own, so that it blocks no step."""

    __tablename__ = "building"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # Grows with each claim; a step under an older fence writes nothing.
    fence: Mapped[int]
    # NULL means that it is free; a past instant, that its holder was killed or suspended.
    leased_until: Mapped[timestamptz | None]
