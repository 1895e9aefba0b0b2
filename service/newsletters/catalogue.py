"""Create, edit, find and archive newsletters."""

from datetime import datetime

from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.log import get_logger
from service.kit.slug import slugify as slug_of
from service.kit.time_zones import is_known_zone
from service.newsletters import queries, sender_addresses
from service.newsletters.draft import MAX_SECTIONS, NewsletterDraft, SectionDraft
from service.newsletters.tables import Newsletter as Newsletter  # noqa: PLC0414  Entry points name it from here.
from service.newsletters.tables import Section

log = get_logger(__name__)

_PLAIN = (
    "name",
    "description",
    "locale",
    "time_zone",
    "postal_address",
    "site_url",
    "accent_colour",
    "articles_per_section",
    "valid_for",
    "horizon",
    "per_minute",
    "at_readers_time",
)


def create(session: Session, draft: NewsletterDraft, *, now: datetime) -> Newsletter:
    """Store a new newsletter with its sections.

    Raises:
        Invalid: the draft has a problem; the sentence says which.
        Conflict: the slug is taken, also by an archived newsletter.
    """
    draft.check()
    if queries.by_slug(session, draft.slug) is not None:
        raise Conflict(f"There is already a newsletter “{draft.slug}”: choose another slug.")
    newsletter = Newsletter(slug=draft.slug, created_at=now, scheduled_since=now, sections=[])
    _write(newsletter, draft, now=now)
    session.add(newsletter)
    session.flush()  # The caller needs the id.
    log.info("newsletter.created", newsletter=newsletter.id)
    return newsletter


def edit(session: Session, slug: str, draft: NewsletterDraft, *, now: datetime) -> Newsletter:
    """Replace everything an operator may say about a newsletter but its slug.

    A section that the draft leaves out is retired: readers who chose it keep their other
    choices, and its bit is never given to another section.
    """
    draft.check()
    newsletter = queries.by_slug(session, slug, lock=True)
    if newsletter is None:
        raise NotFound(f"There is no newsletter “{slug}”: see 'crieur newsletter list'.")
    before = (newsletter.days, newsletter.times, newsletter.time_zone)
    _write(newsletter, draft, now=now)
    if (newsletter.days, newsletter.times, newsletter.time_zone) != before:
        newsletter.scheduled_since = now
    session.flush()  # New sections get their ids.
    log.info("newsletter.edited", newsletter=newsletter.id)
    return newsletter


def archive(session: Session, slug: str, *, now: datetime) -> None:
    """Stop a newsletter: no sign-ups, no editions; what was sent stays readable."""
    get(session, slug).archived_at = now
    log.info("newsletter.archived", slug=slug)


def section_names(session: Session) -> dict[str, list[str]]:
    """Return the sections of all newsletters by the keys that articles are filed in them by."""
    names: dict[str, list[str]] = {}
    for newsletter in queries.current(session):
        for section in newsletter.sections:
            if section.retired_at is None:
                for key in (section.slug, *section.aliases):
                    names.setdefault(key, []).append(section.name)
    return names


def get(session: Session, slug: str) -> Newsletter:
    """Return a newsletter that is not archived, with its sections; raise NotFound."""
    newsletter = queries.by_slug(session, slug)
    if newsletter is None or newsletter.archived_at is not None:
        raise NotFound(f"There is no newsletter “{slug}”: see 'crieur newsletter list'.")
    return newsletter


def get_for_update(session: Session, slug: str) -> Newsletter:
    """Return a newsletter as it is stored now, kept from other edits until this one is done.

    Raises:
        NotFound: there is none that is not archived.
    """
    queries.by_slug(session, slug, lock=True)
    return get(session, slug)


def get_by_id(session: Session, newsletter_id: int) -> Newsletter:
    """Return a newsletter, archived or not, with its sections; raise NotFound."""
    newsletter = queries.by_id(session, newsletter_id)
    if newsletter is None:
        raise NotFound("This newsletter does not exist any more.")
    return newsletter


def list_newsletters(session: Session) -> list[Newsletter]:
    """Return all newsletters that are not archived, by name, with their sections."""
    return queries.current(session)


def has_unknown_zone(newsletter: Newsletter) -> bool:
    """Tell whether a newsletter has times to run, and none of them comes: its zone is unknown."""
    return bool(newsletter.days and newsletter.times) and not is_known_zone(newsletter.time_zone)


def draft_of(newsletter: Newsletter) -> NewsletterDraft:
    """Return what an operator would have written: the start of an edit."""
    return NewsletterDraft(
        slug=newsletter.slug,
        sender_name=newsletter.sender_name,
        sender_address=newsletter.sender_address,
        reply_to=newsletter.reply_to,
        days=tuple(newsletter.days),
        times=tuple(newsletter.times),
        sections=tuple(
            SectionDraft(name=section.name, aliases=tuple(section.names_on_site))
            for section in newsletter.current_sections
        ),
        **{name: getattr(newsletter, name) for name in _PLAIN},
    )


def _write(newsletter: Newsletter, draft: NewsletterDraft, *, now: datetime) -> None:
    # Every reason not to comes before a change, because a page that is told of one still commits.
    _insist_on_bits(newsletter.sections, draft.sections)
    for name in _PLAIN:
        setattr(newsletter, name, getattr(draft, name))
    newsletter.sender_name = draft.sender_name or draft.name
    newsletter.sender_address = sender_addresses.normalise_address(draft.sender_address)
    newsletter.reply_to = (
        sender_addresses.normalise_address(draft.reply_to) if draft.reply_to else None
    )
    newsletter.days = sorted(set(draft.days))
    newsletter.times = sorted(set(draft.times))
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


def _insist_on_bits(sections: list[Section], drafts: tuple[SectionDraft, ...]) -> None:
    """Raise Conflict when there are fewer free bits than new sections."""
    new = {draft.slug for draft in drafts} - {section.slug for section in sections}
    if len(sections) + len(new) > MAX_SECTIONS:
        raise Conflict(
            "This newsletter has had 62 sections, retired ones included: bring back a retired one "
            "under its old name, or start a new newsletter."
        )


def _free_bit(sections: list[Section]) -> int:
    used = {section.bit for section in sections}
    return next(bit for bit in range(MAX_SECTIONS) if bit not in used)
