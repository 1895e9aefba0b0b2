"""Newsletters, their sections and who sends them."""

from datetime import date, time, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Interval,
    SmallInteger,
    Time,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.kit.db import Base, timestamptz, type_id
from service.kit.slug import slugify
from service.kit.word_column import WordType, word_constraint
from service.newsletters.frequency import Frequency
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots


class Newsletter(Base):
    """A named publication with its sender, schedule and branding."""

    __tablename__ = "newsletter"
    __table_args__ = (
        word_constraint("default_frequency", Frequency),
        word_constraint("missed_slots", MissedSlots),
        word_constraint("thin_editions", ThinEditions),
        CheckConstraint("weekly_on BETWEEN 1 AND 7", name="weekly_on"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_hours"),
    )

    id: Mapped[type_id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str]
    time_zone: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    reply_to: Mapped[str | None]
    postal_address: Mapped[str] = mapped_column(server_default="")
    site_url: Mapped[str | None]
    accent_colour: Mapped[str] = mapped_column(server_default="#9c1f2e")
    # ISO weekdays, 1 = Monday … 7 = Sunday; no day or no time means no schedule.
    days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger()))
    # Days of the month as in RFC 5545: 15, -1, 1MO, -1FR.
    month_days: Mapped[list[str]] = mapped_column(server_default="{}")
    # A date in a week with editions, when weekdays count in every second week only.
    fortnight_from: Mapped[date | None]
    times: Mapped[list[time]] = mapped_column(ARRAY(Time()))
    # Local times of the daily and the weekly digest; NULL means that it is not offered.
    daily_at: Mapped[time | None] = mapped_column(Time())
    weekly_at: Mapped[time | None] = mapped_column(Time())
    weekly_on: Mapped[int] = mapped_column(SmallInteger(), server_default="1")
    # What a sign-up form proposes; readers who are subscribed keep theirs.
    default_frequency: Mapped[Frequency] = mapped_column(
        WordType(Frequency), server_default=Frequency.EACH
    )
    # Local times between which no delivery of an edition begins; NULL means at any time.
    quiet_from: Mapped[time | None] = mapped_column(Time())
    quiet_to: Mapped[time | None] = mapped_column(Time())
    # When the schedule last changed: earlier slots never run.
    scheduled_since: Mapped[timestamptz]
    articles_per_section: Mapped[int] = mapped_column(server_default="8")
    # A section with fewer articles waits.
    least_per_section: Mapped[int] = mapped_column(SmallInteger(), server_default="1")
    # Articles of an edition; NULL means no limit but the sections'.
    most_articles: Mapped[int | None] = mapped_column(SmallInteger())
    # An edition with fewer articles is thin, and what becomes of it.
    least_articles: Mapped[int] = mapped_column(SmallInteger(), server_default="1")
    thin_editions: Mapped[ThinEditions] = mapped_column(
        WordType(ThinEditions), server_default=ThinEditions.MERGE
    )
    # Deliveries that are not accepted within this time expire: late news is not news.
    valid_for: Mapped[timedelta] = mapped_column(Interval(), server_default="24 hours")
    # What becomes of a slot that was missed, and how late `late` may be: NULL means as long as its
    # news is valid.
    missed_slots: Mapped[MissedSlots] = mapped_column(
        WordType(MissedSlots), server_default=MissedSlots.LATE
    )
    late_within: Mapped[timedelta | None] = mapped_column(Interval())
    # Articles published longer before they were first seen are not news.
    horizon: Mapped[timedelta] = mapped_column(Interval(), server_default="14 days")
    # Messages per minute; NULL means as fast as relays and mailbox providers allow.
    per_minute: Mapped[int | None]
    # Send to each reader at the slot's time in the reader's own time zone.
    at_readers_time: Mapped[bool] = mapped_column(server_default="false")
    # An edition waits for an operator's approval; and for another one than its last editor.
    needs_approval: Mapped[bool] = mapped_column(server_default="false")
    needs_second_editor: Mapped[bool] = mapped_column(server_default="false")
    # Readers may choose alerts of what is breaking.
    offers_alerts: Mapped[bool] = mapped_column(server_default="false")
    # Of the newsletter, by its own days; and of a reader from all newsletters, by the reader's.
    alerts_per_day: Mapped[int] = mapped_column(SmallInteger(), server_default="5")
    alerts_per_reader: Mapped[int] = mapped_column(SmallInteger(), server_default="5")
    # What is breaking so soon after an alert goes into one more alert; 0 merges nothing.
    alerts_merge_minutes: Mapped[int] = mapped_column(SmallInteger(), server_default="5")
    # Readers who had an article as an alert get it in the next digest, too.
    digests_repeat_alerts: Mapped[bool] = mapped_column(server_default="false")
    # Whether subject tests may count who opens a message: readers may have to be asked first.
    measures_opens: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[timestamptz]
    archived_at: Mapped[timestamptz | None]

    sections: Mapped[list["Section"]] = relationship(
        order_by="Section.position", lazy="raise", cascade="all, delete-orphan"
    )

    @property
    def current_sections(self) -> list["Section"]:
        """The sections that readers may choose now, in their order."""
        return [section for section in self.sections if section.retired_at is None]


class NewsletterHoliday(Base):
    """Local dates without slots, of one newsletter or of all."""

    __tablename__ = "newsletter_holiday"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="order"),
        Index("ix_newsletter_holiday_newsletter_id", "newsletter_id"),
    )

    id: Mapped[type_id]
    # NULL means every newsletter.
    newsletter_id: Mapped[int | None] = mapped_column(
        ForeignKey("newsletter.id", ondelete="CASCADE")
    )
    # The first and the last day, both included.
    first_on: Mapped[date]
    last_on: Mapped[date]
    label: Mapped[str] = mapped_column(server_default="")


class Section(Base):
    """A named part of a newsletter; articles are filed in it, readers may choose it."""

    __tablename__ = "section"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "slug"),
        UniqueConstraint("newsletter_id", "bit"),
        CheckConstraint("bit BETWEEN 0 AND 61", name="bit_fits_a_bigint"),
    )

    id: Mapped[type_id]
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    slug: Mapped[str]
    name: Mapped[str]
    # Other section keys under which the publisher's site files the same articles.
    aliases: Mapped[list[str]] = mapped_column(server_default="{}")
    # The same as an operator typed them, in their order; `names_on_site` is what to show.
    alias_names: Mapped[list[str]] = mapped_column(server_default="{}")
    position: Mapped[int] = mapped_column(SmallInteger())
    # The section's bit in section masks; never assigned to another section.
    bit: Mapped[int] = mapped_column(SmallInteger())
    retired_at: Mapped[timestamptz | None]

    @property
    def names_on_site(self) -> list[str]:
        """The aliases as they were typed, or their keys where that was not kept."""
        typed = {slugify(name) for name in self.alias_names} - {self.slug, ""}
        return self.alias_names if typed == set(self.aliases) else self.aliases
