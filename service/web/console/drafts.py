"""Drafts as wholes: begin one outside of the schedule, give it a time, send it, or a test of it."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from service.audience.alert_readers import count_alert_readers
from service.delivery.trials import request_trial
from service.editions import manual, plan
from service.editions.find import get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.proposal import propose
from service.kit.errors import Conflict, Invalid
from service.kit.time_zones import load_zone
from service.newsletters import catalogue
from service.newsletters.schedule import slot_at
from service.reports import reader_counts
from service.web.console.auth import EditPermission, SendPermission
from service.web.console.form_model import FormModel, whole_number
from service.web.console.form_values import PostedForm
from service.web.console.letter import correction_facts

router = APIRouter()
HOME = "/console/editions"


class DraftForm(FormModel):
    """What an edition outside of the schedule is made of."""

    kind: Literal["piece", "chosen"]


@router.post("/newsletters/{slug}/drafts")
def create_draft(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Begin an edition of one piece, or of articles that an editor will choose."""
    newsletter = catalogue.get(console.session, slug)
    form = DraftForm.parse(typed)
    draft_id = manual.create_manually(
        console.session, newsletter.id, EditionKind(form.kind), now=console.now
    )
    console.record("edition.drafted", edition_id=draft_id, newsletter_id=newsletter.id)
    return RedirectResponse(f"{HOME}/{draft_id}/prepare", status_code=303)


@router.post("/editions/{edition_id}/prepare/at")
def reschedule_draft(console: SendPermission, edition_id: int, typed: PostedForm) -> Response:
    """Give an edition that was made manually its time, in the newsletter's zone."""
    here = f"{HOME}/{edition_id}/prepare"
    edition = get_edition(console.session, edition_id)
    newsletter = catalogue.get_by_id(console.session, edition.newsletter_id)
    try:
        wall = datetime.fromisoformat(typed.text("at"))
    except ValueError:
        return console.redirect(here, "console.prepare.wrong_time", tone="bad")
    slot = slot_at(wall.date(), wall.time().replace(tzinfo=None), load_zone(newsletter.time_zone))
    try:
        manual.reschedule(console.session, edition_id, slot, now=console.now)
    except (Conflict, Invalid) as refused:
        return console.redirect_refused(here, refused)
    console.record("edition.rescheduled", edition_id=edition_id)
    return console.redirect(here, "console.prepare.done.at")


@router.post("/editions/{edition_id}/prepare/send")
def send_draft(console: SendPermission, edition_id: int) -> Response:
    """Send a draft now; a series' next one opens for its slot."""
    here = f"{HOME}/{edition_id}"
    try:
        with console.session.begin_nested():
            plan.send_draft(
                console.session, edition_id, now=console.now, operator_id=console.me.operator_id
            )
    except Conflict as refused:
        return console.redirect_refused(f"{here}/prepare", refused)
    console.record("edition.sent_by_hand", edition_id=edition_id)
    return console.redirect(here, "console.send_now.started")


@router.get("/editions/{edition_id}/prepare/send")
def show_send_draft(console: SendPermission, edition_id: int) -> Response:
    """Ask before a draft is sent."""
    edition = get_edition(console.session, edition_id)
    if edition.state is not EditionState.DRAFT:
        return RedirectResponse(f"{HOME}/{edition_id}", status_code=303)
    newsletter = catalogue.get_by_id(console.session, edition.newsletter_id)
    proposal = propose(console.session, edition_id, now=console.now)
    return console.page(
        "prepare_send",
        edition=edition,
        newsletter=newsletter,
        proposal=proposal,
        texts=proposal.text,
        letter=correction_facts(console.session, edition),
        readers=reader_counts.count_readers(console.session, newsletter),
        alert_readers=count_alert_readers(console.session, newsletter.id, proposal.section_mask)
        if edition.kind is EditionKind.ALERT
        else None,
    )


@router.post("/editions/{edition_id}/prepare/test")
def send_test(console: EditPermission, edition_id: int, typed: PostedForm) -> Response:
    """Send the edition as it is now to the addresses that an editor names."""
    here = f"{HOME}/{edition_id}/prepare#test"
    mask = whole_number(typed.text("mask"), most_digits=19)
    try:
        with console.session.begin_nested():
            count = request_trial.request_trials(
                console.session,
                edition_id,
                typed.text("addresses"),
                mask=mask,
                keyring=console.running.keyring,
                now=console.now,
            )
    except (Conflict, Invalid) as refused:
        return console.redirect_refused(here, refused)
    console.record("edition.test_sent", edition_id=edition_id, messages=count)
    return console.redirect(here, "console.prepare.done.test")
