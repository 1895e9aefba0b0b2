"""Newsletters: the list, one newsletter, creating and editing with the schedule picker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter
from fastapi.responses import Response

from service.accounts import audit
from service.audience import count_subscribers, frequency_counts
from service.delivery.workflow.move_readers import possible_moves
from service.kit.errors import Conflict
from service.kit.languages import LANGUAGES
from service.kit.time_zones import is_known_zone
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import NewsletterDraft
from service.newsletters.frequency import Frequency, offered_frequencies, replacement_for
from service.newsletters.holidays import NO_HOLIDAYS, Holidays
from service.newsletters.recurrence import MONTH_DAYS
from service.reports import reader_counts
from service.web.console import newsletter_form as forms
from service.web.console.auth import EditPermission, ViewPermission
from service.web.console.edit_conflict import MergedForm, merge_edits
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.frequency_fields import SeriesRuns, runs_by_series
from service.web.console.newsletter_form import NewsletterForm
from service.web.console.page import ConsoleRequest
from service.web.console.schedule_picker import ScheduleInputError, as_interval

router = APIRouter()
HOME = "/console/newsletters"
ZONES = sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)


@router.get("/newsletters")
def show_newsletters(console: ViewPermission) -> Response:
    """List newsletters."""
    newsletters = catalogue.list_newsletters(console.session)
    return console.page(
        "newsletters",
        newsletters=newsletters,
        counted=count_subscribers.current_counts(console.session),
        spans={each.id: as_interval(each.times) for each in newsletters},
    )


@router.get("/newsletters/new")
def show_new_newsletter(console: EditPermission) -> Response:
    """Show an empty form in the operator's language."""
    settings = console.running.settings
    fields = NewsletterForm(locale=console.me.locale, time_zone=settings.publication_time_zone)
    return _form(console, fields)


@router.post("/newsletters")
def create_newsletter(console: EditPermission, typed: PostedForm) -> Response:
    """Create a newsletter, or show what is wrong and keep what was typed."""
    fields = forms.form_from_values(typed)
    if typed.text("act") != "save":
        return _form(console.in_chosen_language(typed), fields)
    reading = forms.parse_newsletter(fields)
    if reading.problems:
        return _form(console, fields, problems=reading.problems)
    try:
        newsletter = catalogue.create(console.session, reading.draft, now=console.now)
    except Conflict:
        return _form(console, fields, problems={"slug": "console.newsletter.wrong.slug_taken"})
    console.record("newsletter.created", newsletter_id=newsletter.id)
    return console.redirect(f"{HOME}/{newsletter.slug}", "console.newsletter.created")


@router.post("/schedule-preview")
def preview_schedule(console: EditPermission, typed: PostedForm) -> Response:
    """Show the next runs of what the picker says now; nothing is saved."""
    return console.fragment("_next_runs", **_preview(console, forms.form_from_values(typed)))


@router.get("/newsletters/{slug}")
def show_newsletter(console: ViewPermission, slug: str) -> Response:
    """Show one newsletter: its next runs, sections with their readers, and the embed code."""
    newsletter = catalogue.get(console.session, slug)
    readers = reader_counts.count_readers(console.session, newsletter)
    return console.page(
        "newsletter",
        newsletter=newsletter,
        readers=readers,
        span=as_interval(newsletter.times),
        by_frequency=_by_frequency(newsletter, readers.by_frequency),
        public_url=console.running.settings.public_url,
        **_runs(console, newsletter),
    )


def _runs(console: ConsoleRequest, newsletter: NewsletterDetails) -> dict[str, Any]:
    if not is_known_zone(newsletter.time_zone):
        return {"series": [], "runs_problem": "console.newsletter.wrong.time_zone"}
    zone = ZoneInfo(newsletter.time_zone)
    return {
        "series": runs_by_series(
            newsletter,
            zone,
            after=console.now,
            but=closed_dates.holidays_of(console.session, newsletter.id),
        ),
        "runs_problem": None,
    }


@router.get("/newsletters/{slug}/edit")
def show_edit_newsletter(console: EditPermission, slug: str) -> Response:
    """Show the form with what is stored."""
    stored = _stored(catalogue.get(console.session, slug))
    return _form(console, stored, slug=slug, opened=stored)


@router.post("/newsletters/{slug}/edit")
def edit_newsletter(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Save the form, or show what is wrong, or what was saved meanwhile; keep what was typed."""
    newsletter = catalogue.get_for_update(console.session, slug)
    fields = forms.form_from_values(FormValues((*typed.pairs, ("slug", slug))))
    opened = forms.parse_opened(typed.raw("opened"))
    if typed.text("act") != "save":
        # What stood side by side stays there until it is saved.
        first = forms.parse_opened(typed.raw("first"))
        merged = (
            replace(merge_edits(first, opened, fields), fields=fields) if first and opened else None
        )
        return _form(
            console.in_chosen_language(typed),
            fields,
            slug=slug,
            opened=opened,
            merged=merged,
            first=first,
        )
    reading = forms.parse_newsletter(fields)
    if not reading.problems and opened is not None:
        stored = _stored(newsletter)
        merged = merge_edits(opened, stored, forms.form_from_draft(reading.draft))
        if merged.differences:
            return _form(
                console, merged.fields, slug=slug, opened=stored, merged=merged, first=opened
            )
    problems = reading.problems or _save(console, slug, reading.draft)
    if problems:
        return _form(console, fields, slug=slug, opened=opened, problems=problems)
    console.record("newsletter.edited", newsletter_id=newsletter.id)
    return _saved(console, newsletter, catalogue.get(console.session, slug))


@router.post("/newsletters/{slug}/archive")
def archive_newsletter(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Stop a newsletter, when its name is typed as a confirmation."""
    newsletter = catalogue.get(console.session, slug)
    if typed.text("confirm") != newsletter.slug:
        key = "console.newsletter.archive.unconfirmed"
        return console.redirect(f"{HOME}/{slug}", key, tone="bad", slug=newsletter.slug)
    catalogue.archive(console.session, slug, now=console.now)
    console.record("newsletter.archived", newsletter_id=newsletter.id)
    return console.redirect(HOME, "console.newsletter.archive.done")


def _stored(newsletter: NewsletterDetails) -> NewsletterForm:
    return forms.form_from_draft(catalogue.draft_of(newsletter))


def _by_frequency(
    newsletter: NewsletterDetails, counted: Mapping[str, int]
) -> dict[Frequency, int]:
    """Return the readers of each frequency that is offered, or has readers still."""
    offered = offered_frequencies(newsletter)
    return {
        each: counted.get(each, 0) for each in Frequency if each in offered or counted.get(each)
    }


def _readers(console: ConsoleRequest, slug: str | None) -> Mapping[str, int]:
    """Return how many readers would be moved if their digest were ended."""
    if slug is None:
        return {}
    newsletter = catalogue.get(console.session, slug)
    return reader_counts.count_readers(console.session, newsletter).by_frequency


def _saved(
    console: ConsoleRequest, before: NewsletterDetails, newsletter: NewsletterDetails
) -> Response:
    """Say that it is saved, and how many readers of an ended digest get what from now on.

    Who has made a rarer frequency the default is shown how to move the readers there are.
    """
    found = frequency_counts.stranded_readers(
        console.session, newsletter.id, offered_frequencies(newsletter)
    )
    here = f"{HOME}/{newsletter.slug}"
    if not found:
        to_move = (before.default_frequency, newsletter.default_frequency)
        if to_move in possible_moves(newsletter) and _readers(console, newsletter.slug).get(
            to_move[0]
        ):
            here += "/move"
        return console.redirect(here, "console.newsletter.saved")
    said = [
        console.plural(
            f"console.frequency.ended.{ended}",
            count,
            to=console.t(f"console.frequency.will_get.{replacement_for(newsletter, ended)}"),
        )
        for ended, count in found.items()
    ]
    return console.redirect(here, "console.newsletter.saved_and", rest=" ".join(said))


def _save(console: ConsoleRequest, slug: str, draft: NewsletterDraft) -> dict[str, str]:
    try:
        catalogue.edit(console.session, slug, draft, now=console.now)
    except Conflict:
        return {"sections": "console.newsletter.wrong.no_section_left"}
    return {}


def _preview(
    console: ConsoleRequest, fields: NewsletterForm, *, slug: str | None = None
) -> dict[str, Any]:
    """What the fragment with the next runs shows: the runs, or why there are none."""
    but = _holidays(console, slug)
    series: list[SeriesRuns] = []
    zone, problem = forms.find_zone(fields.time_zone), None
    if zone is None:
        problem = "console.newsletter.wrong.time_zone"
    else:
        try:
            series = runs_by_series(
                forms.parse_form_schedule(fields), zone, after=console.now, but=but
            )
        except ScheduleInputError as unreadable:
            problem = f"console.newsletter.wrong.{unreadable.field}"
    return {"series": series, "runs_problem": problem, "zone": fields.time_zone}


def _holidays(console: ConsoleRequest, slug: str | None) -> Holidays:
    if slug is None:
        return NO_HOLIDAYS
    return closed_dates.holidays_of(console.session, catalogue.get(console.session, slug).id)


def _form(
    console: ConsoleRequest,
    fields: NewsletterForm,
    *,
    slug: str | None = None,
    problems: dict[str, str] | None = None,
    opened: NewsletterForm | None = None,
    merged: MergedForm[NewsletterForm] | None = None,
    first: NewsletterForm | None = None,
) -> Response:
    saved = None
    if merged is not None and slug is not None:
        facts = {"newsletter_id": catalogue.get(console.session, slug).id}
        saved = audit.latest_entry(console.session, "newsletter.edited", facts)
    return console.page(
        "newsletter_form",
        status=422 if problems else 409 if merged else 200,
        first=first,
        opened=opened,
        merged=merged,
        saved=saved,
        is_typed=console.request.method == "POST",
        fields=fields.with_blank_rows(),
        slug=slug,
        by_frequency=_readers(console, slug),
        problems=problems or {},
        zones=ZONES,
        locales=LANGUAGES,
        month_days=MONTH_DAYS,
        **_preview(console, fields, slug=slug),
    )
