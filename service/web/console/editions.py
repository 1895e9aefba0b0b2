"""Editions: the list, one edition with its ledger, and what an operator may do to it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from service.delivery.workflow import quiet_hours, resume
from service.delivery.workflow.resume import EditionTooOld
from service.editions import control, plan
from service.editions.corrections import corrected_editions
from service.editions.find import (
    catch_up_summaries,
    coming_editions,
    edition_articles,
    get_edition,
    recent_editions,
)
from service.editions.lifecycle import CURATABLE, FINAL, EditionState
from service.kit.errors import Conflict
from service.kit.paging import make_page
from service.newsletters import catalogue
from service.newsletters.frequency import Frequency, offered_frequencies
from service.outcomes import suppression_reviews
from service.reports import dashboard, reader_counts
from service.reports.variants import (
    MAX_VARIANTS,
    PREVIEW_MODES,
    count_readers_by_choice,
    list_variants,
)
from service.web.console import edition_status, refusals
from service.web.console.auth import SendPermission, ViewPermission
from service.web.console.form_model import FormModel
from service.web.console.form_values import PostedForm
from service.web.console.letter import correction_facts
from service.web.console.page import ConsoleRequest

router = APIRouter()
HOME = "/console/editions"
_PAGE = 30
_REASONS = 5

ACTIONS: dict[str, Callable[[ConsoleRequest, int], None]] = {
    "hold": lambda console, edition_id: control.hold(console.session, edition_id, now=console.now),
    "pause": lambda console, edition_id: control.pause(
        console.session, edition_id, now=console.now
    ),
    "resume": lambda console, edition_id: resume.resume_edition(
        console.session, edition_id, now=console.now
    ),
    "approve": lambda console, edition_id: resume.approve_edition(
        console.session, edition_id, now=console.now, operator_id=console.me.operator_id
    ),
    "begin_now": lambda console, edition_id: quiet_hours.begin_now(
        console.session, edition_id, now=console.now
    ),
    "cancel": lambda console, edition_id: control.cancel(
        console.session, edition_id, now=console.now
    ),
}


class LateResumeForm(FormModel):
    """For how many hours a late edition is still news; 0 lets what is left expire."""

    hours: Literal["0"] | refusals.ExtraHours


@router.get("/editions")
def show_editions(
    console: ViewPermission, newsletter: str = "", before: int | None = None
) -> Response:
    """List editions, newest first, of one newsletter or of all."""
    newsletters = catalogue.list_newsletters(console.session)
    chosen = next((each for each in newsletters if each.slug == newsletter), None)
    found = recent_editions(
        console.session,
        chosen.id if chosen else None,
        before_id=before,
        limit=_PAGE + 1,
        with_catch_ups=False,
    )
    page = make_page(found, [each.id for each in found], size=_PAGE)
    return console.page(
        "editions",
        page=page,
        newsletters=newsletters,
        by_id={each.id: each for each in newsletters},
        chosen=chosen,
        coming=[] if before else coming_editions(console.session, chosen.id if chosen else None),
        books=dashboard.edition_totals(console.session, [each.id for each in page.rows]),
        catch_ups=catch_up_summaries(console.session, [each.id for each in page.rows]),
        several={each.id for each in newsletters if len(offered_frequencies(each)) > 1},
    )


@router.get("/editions/{edition_id}")
def show_edition(
    console: ViewPermission, edition_id: int, look: str = "desktop", mask: int | None = None
) -> Response:
    """Show one edition: where it stands, its ledger, its articles, how it looks."""
    if get_edition(console.session, edition_id).state is EditionState.DRAFT:
        return RedirectResponse(f"{HOME}/{edition_id}/prepare", status_code=303)
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    entries = edition_articles(console.session, edition_id)
    choices = len(count_readers_by_choice(console.session, found.edition))
    by_section = groupby(entries, key=lambda entry: entry[2].name)
    return console.page(
        "edition",
        count=len(entries),
        articles=[(name, [each[1] for each in group]) for name, group in by_section],
        variants=list_variants(
            console.session,
            edition_id,
            public_url=console.running.settings.public_url,
            now=console.now,
        ),
        more_choices=max(0, choices - MAX_VARIANTS),
        look=look if look in PREVIEW_MODES else "desktop",
        mask=mask,
        said=edition_status.announce(console, found.progress),
        refusals=refusals.load_refusals(console, edition_id)[:_REASONS],
        holds=suppression_reviews.pending_reviews(console.session, edition_id),
        everybody=suppression_reviews.ALL_PROVIDERS,
        several=len(offered_frequencies(found.newsletter)) > 1,
        catch_ups=catch_up_summaries(console.session, [edition_id]).get(edition_id),
        about=corrected_editions(console.session, edition_id),
        letter=None
        if found.edition.frozen_at
        else correction_facts(console.session, found.edition),
        can_prepare=found.edition.state in CURATABLE and found.edition.previous_edition_id is None,
        **found.values(),
    )


@router.get("/editions/{edition_id}/late")
def show_late_resume(console: SendPermission, edition_id: int) -> Response:
    """Ask for how long an edition that was paused for too long is still news."""
    too_late = resume.find_too_old(console.session, edition_id, now=console.now)
    if too_late is None:
        return console.redirect(f"{HOME}/{edition_id}", "console.edition.too_late", tone="bad")
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    return console.page("late", late=too_late, hours=refusals.HOURS, **found.values())


@router.post("/editions/{edition_id}/late")
def resume_late(console: SendPermission, edition_id: int, typed: PostedForm) -> Response:
    """Resume an edition that is too old for as long as was chosen, 0 lets what is left expire."""
    here = f"{HOME}/{edition_id}"
    form, _ = LateResumeForm.bind(typed)
    if form is None:
        return RedirectResponse(f"{here}/late", status_code=303)
    valid_for = timedelta(hours=int(form.hours))
    try:
        resume.resume_edition(console.session, edition_id, now=console.now, valid_for=valid_for)
    except Conflict as refused:
        return console.redirect_refused(here, refused)
    console.record("edition.resume", edition_id=edition_id)
    return console.redirect(here, "console.edition.done.resume")


@router.post("/editions/{edition_id}/{act}")
def control_edition(
    console: SendPermission,
    edition_id: int,
    act: Literal["hold", "pause", "resume", "approve", "begin_now", "cancel"],
) -> Response:
    """Hold, pause, resume, approve or cancel, or begin in quiet hours."""
    is_draft = get_edition(console.session, edition_id).state is EditionState.DRAFT
    here = f"{HOME}/{edition_id}" + ("/prepare" if is_draft and act != "cancel" else "")
    try:
        ACTIONS[act](console, edition_id)
    except EditionTooOld:
        return RedirectResponse(f"{here}/late", status_code=303)
    except Conflict as refused:
        return console.redirect_refused(here, refused)
    console.record(f"edition.{act}", edition_id=edition_id)
    if is_draft and act == "approve":
        return console.redirect(here, "console.prepare.done.approved")
    return console.redirect(here, f"console.edition.done.{act}")


@router.get("/editions/{edition_id}/cancel")
def show_cancel(console: SendPermission, edition_id: int) -> Response:
    """Ask before an edition is stopped for good."""
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    if found.progress.state in FINAL:
        return console.redirect(f"{HOME}/{edition_id}", "console.edition.too_late", tone="bad")
    return console.page("cancel", **found.values())


@router.get("/newsletters/{slug}/send")
def show_send_now(console: SendPermission, slug: str) -> Response:
    """Ask before an edition is sent manually."""
    newsletter = catalogue.get(console.session, slug)
    readers = reader_counts.count_readers(console.session, newsletter)
    offered = offered_frequencies(newsletter)
    return console.page(
        "send_now",
        newsletter=newsletter,
        readers=readers,
        by_frequency={each: readers.by_frequency.get(each, 0) for each in offered}
        if len(offered) > 1
        else {},
    )


@router.post("/newsletters/{slug}/send")
def send_now(console: SendPermission, slug: str, typed: PostedForm) -> Response:
    """Plan an edition now, for the readers of one frequency; its page shows the progress."""
    newsletter = catalogue.get(console.session, slug)
    chosen = typed.text("frequency") or newsletter.default_frequency
    if chosen not in offered_frequencies(newsletter):
        here = f"/console/newsletters/{slug}/send"
        return console.redirect(here, "console.send_now.wrong_frequency", tone="bad")
    try:
        edition = plan.plan_now(
            console.session, newsletter.id, now=console.now, frequency=Frequency(chosen)
        )
    except Conflict:
        key = "console.send_now.twice"
        return console.redirect(f"{HOME}?newsletter={slug}", key, tone="bad")
    console.record("edition.sent_by_hand", edition_id=edition.id, newsletter_id=newsletter.id)
    return console.redirect(f"{HOME}/{edition.id}", "console.send_now.started")
