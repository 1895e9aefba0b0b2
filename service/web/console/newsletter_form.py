"""The newsletter form: what was posted becomes a draft, or messages beside the fields."""

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from service.kit.slug import slugify as slug_of
from service.newsletters.draft import MAX_SLUG_LENGTH, NewsletterDraft, SectionDraft
from service.newsletters.frequency import Frequency
from service.web.console import frequency_fields, schedule_picker
from service.web.console.form_values import FormValues
from service.web.console.frequency_fields import SeriesChoice
from service.web.console.newsletter_policies import (
    PolicyForm,
    hours_text,
    parse_hours,
    parse_policies,
    parse_whole,
    policies_from_draft,
)
from service.web.console.schedule_picker import RegularInterval, ScheduleInputError

_BLANK_ROWS = 3
_MOST_ROWS = 80
_HORIZON_DAYS = "14"

_READ_TOGETHER = frozenset({"days", "times", "weekly_on", "default_frequency"})
"""What is wrong with these says nothing while the schedule cannot be read."""

NO_SERIES = SeriesChoice(days=(), times=(), daily_at=None, weekly_at=None, weekly_on=1)


class NewsletterForm(PolicyForm):
    """The form's fields as text, exactly as they are shown."""

    slug: str = ""
    name: str = ""
    description: str = ""
    locale: str = "fr"
    time_zone: str = "Africa/Abidjan"
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    postal_address: str = ""
    site_url: str = ""
    accent_colour: str = "#9c1f2e"
    articles_per_section: str = "8"
    valid_hours: str = "24"
    horizon_days: str = _HORIZON_DAYS
    per_minute: str = ""
    # Ticked or not.
    at_readers_time: str = ""
    days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    month_days: tuple[str, ...] = ()
    fortnight_from: str = ""
    every_minutes: str = ""
    every_from: str = ""
    every_to: str = ""
    # How often readers get it: `frequency_fields` reads these.
    daily_at: str = ""
    weekly_at: str = ""
    weekly_on: str = "1"
    default_frequency: str = ""
    # Name, and aliases with commas between them.
    sections: tuple[tuple[str, str], ...] = ()

    def with_blank_rows(self) -> "NewsletterForm":
        """Leave room to add sections and times without JavaScript."""
        filled = tuple(row for row in self.sections if any(row))
        times = tuple(at for at in self.times if at)
        month_days = tuple(each for each in self.month_days if each)
        return self.model_copy(
            update={
                "sections": (filled + (("", ""),) * _BLANK_ROWS)[:_MOST_ROWS],
                "times": times + ("",) * max(1, 3 - len(times)),
                "month_days": month_days + ("",) * max(1, 2 - len(month_days)),
            }
        )

    def without_blank_rows(self) -> "NewsletterForm":
        """Leave out what `with_blank_rows` has added."""
        return self.model_copy(
            update={
                "sections": tuple(row for row in self.sections if any(row)),
                "times": tuple(at for at in self.times if at),
                "month_days": tuple(each for each in self.month_days if each),
            }
        )

    def as_opened(self) -> str:
        """Return the form as JSON for a hidden field; `parse_opened` reads it."""
        return self.model_dump_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedNewsletter:
    """A draft, and the keys of the sentences that are wrong with it, by field."""

    draft: NewsletterDraft
    problems: dict[str, str] = field(default_factory=dict)


def form_from_draft(draft: NewsletterDraft) -> NewsletterForm:
    """Show a stored newsletter in the form."""
    span = schedule_picker.as_interval(draft.times)
    return NewsletterForm(
        slug=draft.slug,
        name=draft.name,
        description=draft.description,
        locale=draft.locale,
        time_zone=draft.time_zone,
        # Left empty it is the newsletter's name, also after the newsletter was renamed.
        sender_name="" if draft.sender_name == draft.name else draft.sender_name,
        sender_address=draft.sender_address,
        reply_to=draft.reply_to or "",
        postal_address=draft.postal_address,
        site_url=draft.site_url or "",
        accent_colour=draft.accent_colour,
        articles_per_section=str(draft.articles_per_section),
        valid_hours=hours_text(draft.valid_for),
        horizon_days=str(draft.horizon // timedelta(days=1)),
        per_minute=str(draft.per_minute or ""),
        at_readers_time="yes" if draft.at_readers_time else "",
        days=tuple(str(day) for day in draft.days),
        times=() if span else tuple(f"{at:%H:%M}" for at in draft.times),
        month_days=draft.month_days,
        fortnight_from=draft.fortnight_from.isoformat() if draft.fortnight_from else "",
        daily_at=f"{draft.daily_at:%H:%M}" if draft.daily_at else "",
        weekly_at=f"{draft.weekly_at:%H:%M}" if draft.weekly_at else "",
        weekly_on=str(draft.weekly_on),
        default_frequency=draft.default_frequency.value,
        sections=tuple((each.name, ", ".join(each.aliases)) for each in draft.sections),
        **_span_fields(span),
        **policies_from_draft(draft),
    )


def form_from_values(typed: FormValues) -> NewsletterForm:
    """Take what was typed, as it was typed."""
    plain = {
        name: typed.text(name)
        for name in NewsletterForm.model_fields
        if name not in {"days", "times", "month_days", "sections", "slug"}
    }
    names, aliases = typed.all("section_name"), typed.all("section_aliases")
    return NewsletterForm(
        **plain,
        slug=typed.text("slug") or _slug_for(typed.text("name")),
        days=tuple(typed.all("days")),
        times=tuple(typed.all("times")),
        month_days=tuple(typed.all("month_days")),
        sections=tuple(zip(names, aliases, strict=False))[:_MOST_ROWS],
    )


def parse_opened(text: str) -> NewsletterForm | None:
    """Read what `as_opened` wrote; None when the field is missing or was tampered with."""
    try:
        return NewsletterForm.model_validate_json(text)
    except ValidationError:
        return None


def parse_newsletter(fields: NewsletterForm) -> ParsedNewsletter:
    """Make the draft and find everything that is wrong, each as the key of a sentence."""
    problems: dict[str, str] = {}
    series, default = NO_SERIES, Frequency.EACH
    try:
        series = parse_form_schedule(fields)
        default = frequency_fields.parse_default(fields, series)
    except ScheduleInputError as unreadable:
        problems[unreadable.field] = f"console.newsletter.wrong.{unreadable.field}"
    draft = NewsletterDraft(
        slug=fields.slug,
        name=fields.name,
        description=fields.description,
        locale=fields.locale,
        time_zone=fields.time_zone,
        sender_name=fields.sender_name,
        sender_address=fields.sender_address,
        reply_to=fields.reply_to or None,
        postal_address=fields.postal_address.replace("\r\n", "\n"),
        site_url=fields.site_url or None,
        accent_colour=fields.accent_colour.lower(),
        days=series.days,
        times=series.times,
        month_days=series.month_days,
        fortnight_from=series.fortnight_from,
        daily_at=series.daily_at,
        weekly_at=series.weekly_at,
        weekly_on=series.weekly_on,
        default_frequency=default,
        # Zero is out of range, so that a text that is no number is refused like one out of range.
        articles_per_section=parse_whole(fields.articles_per_section),
        valid_for=parse_hours(fields.valid_hours),
        horizon=timedelta(days=parse_whole(fields.horizon_days or _HORIZON_DAYS)),
        per_minute=parse_whole(fields.per_minute, most=8) if fields.per_minute else None,
        at_readers_time=bool(fields.at_readers_time),
        sections=tuple(
            SectionDraft(
                name=name,
                aliases=tuple(part.strip() for part in aliases.split(",") if part.strip()),
            )
            for name, aliases in fields.sections
            if name or aliases
        ),
        **parse_policies(fields),
    )
    for name in draft.problems():
        if not (problems and name in _READ_TOGETHER):
            problems.setdefault(name, f"console.newsletter.wrong.{name}")
    if "name" in problems and fields.slug == _slug_for(fields.name):
        # The slug was not typed: the name is what is wrong.
        problems.pop("slug", None)
    return ParsedNewsletter(draft=draft, problems=problems)


def parse_form_schedule(fields: NewsletterForm) -> SeriesChoice:
    """Read the schedule picker and the digests alone; raises `ScheduleInputError`."""
    table = schedule_picker.parse_schedule(
        fields.days,
        fields.times,
        minutes=fields.every_minutes,
        start=fields.every_from,
        end=fields.every_to,
        month_days=fields.month_days,
        fortnight_from=fields.fortnight_from,
    )
    return frequency_fields.parse_series(fields, table)


def find_zone(name: str) -> ZoneInfo | None:
    """Return a zone by its IANA name, None when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _slug_for(name: str) -> str:
    return slug_of(name)[:MAX_SLUG_LENGTH].strip("-")


def _span_fields(span: RegularInterval | None) -> dict[str, str]:
    if span is None:
        return {}
    return {
        "every_minutes": str(span.minutes),
        "every_from": f"{span.start:%H:%M}",
        "every_to": f"{span.end:%H:%M}",
    }
