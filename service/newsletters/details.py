"""Pure: a newsletter as other rooms and entry points read it: frozen, without its mapped row."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.newsletters.frequency import Frequency
from service.newsletters.limits import ArticleLimits, ThinEditions
from service.newsletters.missed_slots import MissedSlots


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionDetails:
    """A section of a newsletter; `retired_at` is set when readers can no longer choose it."""

    id: int
    slug: str
    name: str
    # Other section keys under which the publisher's site files the same articles.
    aliases: tuple[str, ...]
    # The same as an operator typed them.
    names_on_site: tuple[str, ...]
    position: int
    # The section's bit in section masks.
    bit: int
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterDetails:
    """A newsletter with its sections, retired ones included, in their order."""

    id: int
    slug: str
    name: str
    description: str
    locale: str
    time_zone: str
    sender_name: str
    sender_address: str
    reply_to: str | None
    postal_address: str
    site_url: str | None
    accent_colour: str
    # ISO weekdays, 1 = Monday … 7 = Sunday; no day or no time means no schedule.
    days: tuple[int, ...]
    times: tuple[time, ...]
    # Days of the month as in RFC 5545: 15, -1, 1MO, -1FR.
    month_days: tuple[str, ...]
    # A date in a week with editions, when weekdays count in every second week only.
    fortnight_from: date | None
    daily_at: time | None
    weekly_at: time | None
    # An ISO weekday.
    weekly_on: int
    default_frequency: Frequency
    scheduled_since: datetime
    articles_per_section: int
    # A section with fewer articles waits for the next edition.
    least_per_section: int
    # None means that only the sections have a limit.
    most_articles: int | None
    # An edition with fewer articles is thin.
    least_articles: int
    thin_editions: ThinEditions
    valid_for: timedelta
    missed_slots: MissedSlots
    # How late a missed slot is sent; None means as long as its news is valid.
    late_within: timedelta | None
    # Local times between which no delivery of an edition begins; None means at any time.
    quiet_from: time | None
    quiet_to: time | None
    horizon: timedelta
    # None means as fast as relays and mailbox providers allow.
    per_minute: int | None
    at_readers_time: bool
    needs_approval: bool
    needs_second_editor: bool
    offers_alerts: bool
    # Alerts of a local day at most: of the newsletter, and of one reader from all newsletters.
    alerts_per_day: int
    alerts_per_reader: int
    # What is breaking so soon after an alert goes into one more alert; 0 merges nothing.
    alerts_merge_minutes: int
    digests_repeat_alerts: bool
    measures_opens: bool
    created_at: datetime
    archived_at: datetime | None
    sections: tuple[SectionDetails, ...]

    @property
    def current_sections(self) -> tuple[SectionDetails, ...]:
        """The sections that readers may choose now, in their order."""
        return tuple(section for section in self.sections if section.retired_at is None)

    @property
    def limits(self) -> ArticleLimits:
        """How many articles an edition has, at least and at most."""
        return ArticleLimits(
            most_per_section=self.articles_per_section,
            least_per_section=self.least_per_section,
            most=self.most_articles,
            least=self.least_articles,
        )

    def section_names(self, mask: int | None, *, also_retired: bool = False) -> list[str] | None:
        """Return the names of the sections in a section mask; None means every section."""
        if mask is None:
            return None
        sections = self.sections if also_retired else self.current_sections
        return [section.name for section in sections if mask >> section.bit & 1]
