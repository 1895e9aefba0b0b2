"""Create, edit, find and archive newsletters."""

from collections.abc import Collection
from datetime import datetime

from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.log import get_logger
from service.kit.slug import slugify as slug_of
from service.kit.time_zones import is_known_zone
from service.kit.translatable import translatable
from service.newsletters import queries, sender_addresses
from service.newsletters.details import NewsletterDetails, SectionDetails
from service.newsletters.draft import MAX_SECTIONS, NewsletterDraft, SectionDraft
from service.newsletters.frequency import series_of
from service.newsletters.recurrence import sort_month_days
from service.newsletters.tables import Newsletter, Section

log = get_logger(__name__)

_COPIED_FIELDS = (
    "name",
    "description",
    "locale",
    "time_zone",
    "postal_address",
    "site_url",
    "accent_colour",
    "articles_per_section",
    "least_per_section",
    "most_articles",
    "least_articles",
    "thin_editions",
    "valid_for",
    "quiet_from",
    "quiet_to",
    "missed_slots",
    "late_within",
    "horizon",
    "per_minute",
    "at_readers_time",
    "fortnight_from",
    "daily_at",
    "weekly_at",
    "weekly_on",
    "default_frequency",
    "needs_approval",
    "needs_second_editor",
    "offers_alerts",
    "alerts_per_day",
    "alerts_per_reader",
    "alerts_merge_minutes",
    "digests_repeat_alerts",
    "measures_opens",
)


def create(session: Session, draft: NewsletterDraft, *, now: datetime) -> NewsletterDetails:
    """Store a new newsletter with its sections.

    Raises:
        Invalid: the draft has a problem; the sentence says which.
        Conflict: the slug is taken, also by an archived newsletter.
    """
    draft.check()
    if queries.by_slug(session, draft.slug) is not None:
        raise Conflict(translatable("newsletter.slug_taken", slug=draft.slug))
    newsletter = Newsletter(slug=draft.slug, created_at=now, scheduled_since=now, sections=[])
    _write(newsletter, draft, now=now)
    session.add(newsletter)
    session.flush()  # The caller needs the id.
    log.info("newsletter.created", newsletter=newsletter.id)
    return details_of(newsletter)


def edit(
    session: Session, slug: str, draft: NewsletterDraft, *, now: datetime
) -> NewsletterDetails:
    """Replace a newsletter's settings and sections, all but its slug.

    A section that the draft leaves out is retired: its readers keep their other sections, and its
    bit is never assigned to another section.
    """
    draft.check()
    newsletter = queries.by_slug(session, slug, lock=True)
    if newsletter is None:
        raise NotFound(f"There is no newsletter “{slug}”: see 'crieur newsletter list'.")
    before = (series_of(newsletter), newsletter.time_zone)
    _write(newsletter, draft, now=now)
    if (series_of(newsletter), newsletter.time_zone) != before:
        newsletter.scheduled_since = now
    session.flush()  # New sections get their ids.
    log.info("newsletter.edited", newsletter=newsletter.id)
    return details_of(newsletter)


def archive(session: Session, slug: str, *, now: datetime) -> None:
    """Stop a newsletter: no sign-ups, no editions; what was sent stays readable."""
    _current(session, slug).archived_at = now
    log.info("newsletter.archived", slug=slug)


def section_names(session: Session) -> dict[str, list[str]]:
    """Return the names of all newsletters' sections by the section keys of articles."""
    names: dict[str, list[str]] = {}
    for newsletter in queries.current(session):
        for section in newsletter.sections:
            if section.retired_at is None:
                for key in (section.slug, *section.aliases):
                    names.setdefault(key, []).append(section.name)
    return names


def get(session: Session, slug: str) -> NewsletterDetails:
    """Return a newsletter that is not archived, with its sections; raise NotFound."""
    return details_of(_current(session, slug))


def get_for_update(session: Session, slug: str) -> NewsletterDetails:
    """Return a newsletter as it is stored now, locked until the transaction ends.

    Raises:
        NotFound: there is none that is not archived.
    """
    queries.by_slug(session, slug, lock=True)
    return get(session, slug)


def get_by_id(session: Session, newsletter_id: int) -> NewsletterDetails:
    """Return a newsletter, archived or not, with its sections; raise NotFound."""
    newsletter = queries.by_id(session, newsletter_id)
    if newsletter is None:
        raise NotFound("This newsletter does not exist any more.")
    return details_of(newsletter)


def list_by_ids(session: Session, newsletter_ids: Collection[int]) -> dict[int, NewsletterDetails]:
    """Return some newsletters, archived or not, by their ids."""
    return {each.id: details_of(each) for each in queries.by_ids(session, newsletter_ids)}


def list_newsletters(session: Session) -> list[NewsletterDetails]:
    """Return all newsletters that are not archived, by name, with their sections."""
    return [details_of(each) for each in queries.current(session)]


def has_unknown_zone(newsletter: NewsletterDetails) -> bool:
    """Return whether a newsletter has a schedule that cannot run: its time zone is unknown."""
    return bool(newsletter.times) and not is_known_zone(newsletter.time_zone)


def details_of(newsletter: Newsletter) -> NewsletterDetails:
    """Return the read model of a stored newsletter whose sections are loaded."""
    return NewsletterDetails(
        id=newsletter.id,
        slug=newsletter.slug,
        name=newsletter.name,
        description=newsletter.description,
        locale=newsletter.locale,
        time_zone=newsletter.time_zone,
        sender_name=newsletter.sender_name,
        sender_address=newsletter.sender_address,
        reply_to=newsletter.reply_to,
        postal_address=newsletter.postal_address,
        site_url=newsletter.site_url,
        accent_colour=newsletter.accent_colour,
        days=tuple(newsletter.days),
        times=tuple(newsletter.times),
        month_days=tuple(newsletter.month_days),
        fortnight_from=newsletter.fortnight_from,
        daily_at=newsletter.daily_at,
        weekly_at=newsletter.weekly_at,
        weekly_on=newsletter.weekly_on,
        default_frequency=newsletter.default_frequency,
        scheduled_since=newsletter.scheduled_since,
        articles_per_section=newsletter.articles_per_section,
        least_per_section=newsletter.least_per_section,
        most_articles=newsletter.most_articles,
        least_articles=newsletter.least_articles,
        thin_editions=newsletter.thin_editions,
        valid_for=newsletter.valid_for,
        quiet_from=newsletter.quiet_from,
        quiet_to=newsletter.quiet_to,
        missed_slots=newsletter.missed_slots,
        late_within=newsletter.late_within,
        horizon=newsletter.horizon,
        per_minute=newsletter.per_minute,
        at_readers_time=newsletter.at_readers_time,
        needs_approval=newsletter.needs_approval,
        needs_second_editor=newsletter.needs_second_editor,
        offers_alerts=newsletter.offers_alerts,
        alerts_per_day=newsletter.alerts_per_day,
        alerts_per_reader=newsletter.alerts_per_reader,
        alerts_merge_minutes=newsletter.alerts_merge_minutes,
        digests_repeat_alerts=newsletter.digests_repeat_alerts,
        measures_opens=newsletter.measures_opens,
        created_at=newsletter.created_at,
        archived_at=newsletter.archived_at,
        sections=tuple(section_details(each) for each in newsletter.sections),
    )


def section_details(section: Section) -> SectionDetails:
    """Return a row's values."""
    return SectionDetails(
        id=section.id,
        slug=section.slug,
        name=section.name,
        aliases=tuple(section.aliases),
        names_on_site=tuple(section.names_on_site),
        position=section.position,
        bit=section.bit,
        retired_at=section.retired_at,
    )


def _current(session: Session, slug: str) -> Newsletter:
    newsletter = queries.by_slug(session, slug)
    if newsletter is None or newsletter.archived_at is not None:
        raise NotFound(f"There is no newsletter “{slug}”: see 'crieur newsletter list'.")
    return newsletter


def draft_of(newsletter: NewsletterDetails) -> NewsletterDraft:
    """Return a newsletter as a draft: the start of an edit."""
    return NewsletterDraft(
        slug=newsletter.slug,
        sender_name=newsletter.sender_name,
        sender_address=newsletter.sender_address,
        reply_to=newsletter.reply_to,
        days=newsletter.days,
        times=newsletter.times,
        month_days=newsletter.month_days,
        sections=tuple(
            SectionDraft(name=section.name, aliases=section.names_on_site)
            for section in newsletter.current_sections
        ),
        **{name: getattr(newsletter, name) for name in _COPIED_FIELDS},
    )


def _write(newsletter: Newsletter, draft: NewsletterDraft, *, now: datetime) -> None:
    # Refuse before the first change: a page that shows the refusal still commits.
    _require_free_bits(newsletter.sections, draft.sections)
    for name in _COPIED_FIELDS:
        setattr(newsletter, name, getattr(draft, name))
    newsletter.sender_name = draft.sender_name or draft.name
    newsletter.sender_address = sender_addresses.normalise_address(draft.sender_address)
    newsletter.reply_to = (
        sender_addresses.normalise_address(draft.reply_to) if draft.reply_to else None
    )
    newsletter.days = sorted(set(draft.days))
    newsletter.times = sorted(set(draft.times))
    newsletter.month_days = list(sort_month_days(draft.month_days))
    _write_sections(newsletter, draft.sections, now=now)


def _write_sections(
    newsletter: Newsletter, drafts: tuple[SectionDraft, ...], *, now: datetime
) -> None:
    known = {section.slug: section for section in newsletter.sections}
    for position, draft in enumerate(drafts):
        section = known.pop(draft.slug, None)
        if section is None:
            section = Section(slug=draft.slug, bit=_free_bit(newsletter.sections))
            newsletter.sections.append(section)
        section.name = draft.name.strip()
        section.alias_names = list(dict.fromkeys(each.strip() for each in draft.aliases))
        section.aliases = sorted({slug_of(alias) for alias in draft.aliases} - {draft.slug, ""})
        section.position = position
        section.retired_at = None
    for left_out in known.values():
        left_out.retired_at = left_out.retired_at or now


def _require_free_bits(sections: list[Section], drafts: tuple[SectionDraft, ...]) -> None:
    """Raise Conflict when there are fewer free bits than new sections."""
    new = {draft.slug for draft in drafts} - {section.slug for section in sections}
    if len(sections) + len(new) > MAX_SECTIONS:
        raise Conflict(translatable("newsletter.no_section_left", limit=str(MAX_SECTIONS)))


def _free_bit(sections: list[Section]) -> int:
    used = {section.bit for section in sections}
    return next(bit for bit in range(MAX_SECTIONS) if bit not in used)
