"""A newsletter as an operator describes it, validated before it is stored."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from unicodedata import category

from service.kit.errors import Invalid
from service.kit.languages import LANGUAGES
from service.kit.slug import slugify
from service.kit.time_zones import is_known_zone
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters import sender_addresses
from service.newsletters.frequency import Frequency, offered_frequencies
from service.newsletters.limits import (
    MOST_ALERTS,
    MOST_IN_ALL,
    MOST_MERGE_MINUTES,
    MOST_PER_SECTION,
    ThinEditions,
)
from service.newsletters.missed_slots import MissedSlots
from service.newsletters.recurrence import is_month_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_SECTIONS = 62
MAX_SLUG_LENGTH = 60
MAX_PER_MINUTE = 10_000_000
MIN_VALID_FOR = timedelta(minutes=5)
MAX_VALID_FOR = timedelta(days=14)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-f]{6}")

# Monday is 1 (ISO 8601).
_DAYS = range(1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionDraft:
    """A section: its name, and other names under which the site files the same articles."""

    name: str
    aliases: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The key that articles are matched by."""
        return slugify(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterDraft:
    """A newsletter as an operator describes it; `check` validates it."""

    slug: str
    name: str
    sender_address: str
    sections: tuple[SectionDraft, ...]
    sender_name: str = ""
    description: str = ""
    locale: str = "fr"
    time_zone: str = "Africa/Abidjan"
    reply_to: str | None = None
    postal_address: str = ""
    site_url: str | None = None
    accent_colour: str = "#9c1f2e"
    days: tuple[int, ...] = ()
    times: tuple[time, ...] = ()
    # Days of the month as in RFC 5545: 15, -1, 1MO, -1FR.
    month_days: tuple[str, ...] = ()
    # A date in a week with editions, when weekdays count in every second week only.
    fortnight_from: date | None = None
    # Local times of the daily and the weekly digest; None means that it is not offered.
    daily_at: time | None = None
    weekly_at: time | None = None
    weekly_on: int = 1
    # What a sign-up form proposes.
    default_frequency: Frequency = Frequency.EACH
    articles_per_section: int = 8
    # A section with fewer articles waits for the next edition.
    least_per_section: int = 1
    # None means that only the sections have a limit.
    most_articles: int | None = None
    # An edition with fewer articles is thin.
    least_articles: int = 1
    thin_editions: ThinEditions = ThinEditions.MERGE
    valid_for: timedelta = field(default=timedelta(hours=24))
    missed_slots: MissedSlots = MissedSlots.LATE
    # How late a missed slot is sent; None means as long as its news is valid.
    late_within: timedelta | None = None
    # Local times between which no delivery of an edition begins; None means at any time.
    quiet_from: time | None = None
    quiet_to: time | None = None
    # Articles published longer before they were first seen are not news.
    horizon: timedelta = field(default=timedelta(days=14))
    # Messages per minute; None means as fast as relays and mailbox providers allow.
    per_minute: int | None = None
    # Send to each reader at the slot's time in the reader's own time zone.
    at_readers_time: bool = False
    # An edition waits for an operator's approval; and for another one than its last editor.
    needs_approval: bool = False
    needs_second_editor: bool = False
    # Readers may choose alerts of what is breaking.
    offers_alerts: bool = False
    # Alerts of a local day at most: of the newsletter, and of one reader from all newsletters.
    alerts_per_day: int = 5
    alerts_per_reader: int = 5
    # What is breaking so soon after an alert goes into one more alert; 0 merges nothing.
    alerts_merge_minutes: int = 5
    # Readers who had an article as an alert get it in the next digest, too.
    digests_repeat_alerts: bool = False
    # Whether subject tests may count who opens a message.
    measures_opens: bool = False

    def problems(self) -> dict[str, TranslatableMessage]:
        """Return a sentence per invalid field; empty if the draft can be stored."""
        return {name: sentence for name, check, sentence in _CHECKS if not check(self)}

    def check(self) -> None:
        """Raise `Invalid` with the first problem."""
        for sentence in self.problems().values():
            raise Invalid(sentence)


def check_validity(valid_for: timedelta) -> None:
    """Raise Invalid for a validity that no newsletter may have."""
    if not MIN_VALID_FOR <= valid_for <= MAX_VALID_FOR:
        raise Invalid(translatable("newsletter.draft.valid_for"))


def _is_line(text: str, *, most: int = 200) -> bool:
    return len(text) <= most and all(
        # French puts no-break spaces before its colons; scripts and emoji need joiners and marks.
        each.isprintable() or category(each) == "Zs" or each in "\u200c\u200d\u200e\u200f"
        for each in text
    )


def _keys(draft: NewsletterDraft) -> list[str]:
    return [key for each in draft.sections for key in {each.slug, *map(slugify, each.aliases)}]


_CHECKS: tuple[tuple[str, Callable[[NewsletterDraft], bool], TranslatableMessage], ...] = (
    (
        "slug",
        lambda d: bool(_SLUG.fullmatch(d.slug)) and len(d.slug) <= MAX_SLUG_LENGTH,
        translatable("newsletter.draft.slug"),
    ),
    (
        "name",
        lambda d: bool(d.name.strip()) and _is_line(d.name),
        translatable("newsletter.draft.name"),
    ),
    (
        "sender_address",
        lambda d: sender_addresses.is_valid_address(d.sender_address),
        translatable("newsletter.draft.sender_address"),
    ),
    (
        "sender_name",
        lambda d: _is_line(d.sender_name),
        translatable("newsletter.draft.sender_name"),
    ),
    (
        "reply_to",
        lambda d: d.reply_to is None or sender_addresses.is_valid_address(d.reply_to),
        translatable("newsletter.draft.reply_to"),
    ),
    (
        "locale",
        lambda d: d.locale in LANGUAGES,
        translatable("newsletter.draft.locale", languages=", ".join(LANGUAGES)),
    ),
    (
        "time_zone",
        lambda d: is_known_zone(d.time_zone),
        translatable("newsletter.draft.time_zone"),
    ),
    (
        "site_url",
        lambda d: d.site_url is None or d.site_url.startswith(("http://", "https://")),
        translatable("newsletter.draft.site_url"),
    ),
    (
        "accent_colour",
        lambda d: bool(_COLOUR.fullmatch(d.accent_colour)),
        translatable("newsletter.draft.accent_colour"),
    ),
    (
        "days",
        lambda d: all(day in _DAYS for day in d.days),
        translatable("newsletter.draft.days"),
    ),
    (
        "times",
        lambda d: bool(d.days or d.month_days) == bool(d.times),
        translatable("newsletter.draft.times"),
    ),
    (
        "month_days",
        lambda d: all(map(is_month_day, d.month_days)),
        translatable("newsletter.draft.month_days"),
    ),
    (
        "fortnight_from",
        lambda d: d.fortnight_from is None or bool(d.days),
        translatable("newsletter.draft.fortnight_from"),
    ),
    (
        "weekly_on",
        lambda d: d.weekly_on in _DAYS,
        translatable("newsletter.draft.weekly_on"),
    ),
    (
        "default_frequency",
        lambda d: d.default_frequency in offered_frequencies(d),
        translatable("newsletter.draft.default_frequency"),
    ),
    (
        "articles_per_section",
        lambda d: 1 <= d.articles_per_section <= MOST_PER_SECTION,
        translatable("newsletter.draft.articles_per_section"),
    ),
    (
        "least_per_section",
        lambda d: 1 <= d.least_per_section <= max(d.articles_per_section, 1),
        translatable("newsletter.draft.least_per_section"),
    ),
    (
        "most_articles",
        lambda d: d.most_articles is None or 1 <= d.most_articles <= MOST_IN_ALL,
        translatable("newsletter.draft.most_articles", limit=str(MOST_IN_ALL)),
    ),
    (
        "least_articles",
        lambda d: 1 <= d.least_articles <= max(d.most_articles or MOST_IN_ALL, 1),
        translatable("newsletter.draft.least_articles"),
    ),
    (
        "valid_for",
        lambda d: MIN_VALID_FOR <= d.valid_for <= MAX_VALID_FOR,
        translatable("newsletter.draft.valid_for"),
    ),
    (
        "late_within",
        lambda d: d.late_within is None or MIN_VALID_FOR <= d.late_within <= MAX_VALID_FOR,
        translatable("newsletter.draft.late_within"),
    ),
    (
        "quiet_hours",
        lambda d: (
            (d.quiet_from is None) == (d.quiet_to is None)
            and (d.quiet_from is None or d.quiet_from != d.quiet_to)
        ),
        translatable("newsletter.draft.quiet_hours"),
    ),
    (
        "horizon",
        lambda d: timedelta(days=1) <= d.horizon <= timedelta(days=366),
        translatable("newsletter.draft.horizon"),
    ),
    (
        "alerts_per_day",
        lambda d: 1 <= d.alerts_per_day <= MOST_ALERTS,
        translatable("newsletter.draft.alerts_per_day", limit=str(MOST_ALERTS)),
    ),
    (
        "alerts_per_reader",
        lambda d: 1 <= d.alerts_per_reader <= MOST_ALERTS,
        translatable("newsletter.draft.alerts_per_reader", limit=str(MOST_ALERTS)),
    ),
    (
        "alerts_merge_minutes",
        lambda d: 0 <= d.alerts_merge_minutes <= MOST_MERGE_MINUTES,
        translatable("newsletter.draft.alerts_merge_minutes", limit=str(MOST_MERGE_MINUTES)),
    ),
    (
        "per_minute",
        lambda d: d.per_minute is None or 1 <= d.per_minute <= MAX_PER_MINUTE,
        translatable("newsletter.draft.per_minute"),
    ),
    (
        "sections",
        lambda d: 0 < len(d.sections) <= MAX_SECTIONS,
        translatable("newsletter.draft.section_count"),
    ),
    (
        "sections",
        lambda d: all(each.slug and _is_line(each.name, most=80) for each in d.sections),
        translatable("newsletter.draft.section_name"),
    ),
    (
        "sections",
        lambda d: len(_keys(d)) == len(set(_keys(d))),
        translatable("newsletter.draft.section_twice"),
    ),
)
