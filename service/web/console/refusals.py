"""Who was refused an edition, sending it again, and readers who wait for an operator's word."""

from datetime import timedelta
from typing import Annotated, Literal, get_args

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BeforeValidator

from service.delivery.workflow.resend import parse_fault, resend_refused
from service.kit.errors import Conflict, Invalid, NotFound
from service.outcomes import suppression_reviews
from service.outcomes.suppression_reviews import ReviewDecision
from service.reports import refusals
from service.reports.refusals import RefusalGroup
from service.web.console import edition_status
from service.web.console.auth import ReadersPermission, SendPermission, ViewPermission
from service.web.console.form_model import FormModel
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
ExtraHours = Literal["6", "12", "24", "48"]
"""For how many hours an edition that is too old may be made valid again."""

HOURS = tuple(int(each) for each in get_args(ExtraHours))


class ResendForm(FormModel):
    """Which refusals to take back, by fault; without hours the edition's validity stays."""

    refused: str
    hours: Annotated[
        ExtraHours | None,
        BeforeValidator(lambda text: text if text in get_args(ExtraHours) else None),
    ]


class HoldForm(FormModel):
    """What an operator decides about a provider's held readers; in doubt the fault was ours."""

    provider: str
    decision: Annotated[
        ReviewDecision,
        BeforeValidator(lambda text: text if text == ReviewDecision.GONE else ReviewDecision.OURS),
    ]


@router.get("/editions/{edition_id}/refusals")
def show_refusals(console: ViewPermission, edition_id: int) -> Response:
    """Show an edition's refusals by fault, reason and provider, and who is held."""
    found = load_refusals(console, edition_id)
    return console.page(
        "refusals",
        refusals=refusals.merge_small_groups(found),
        again=refusals.count_resendable(found),
        holds=suppression_reviews.pending_reviews(console.session, edition_id),
        everybody=suppression_reviews.ALL_PROVIDERS,
        **edition_status.load_status(console.session, edition_id, now=console.now).values(),
    )


@router.get("/editions/{edition_id}/resend")
def show_resend(console: SendPermission, edition_id: int, refused: str = "") -> Response:
    """Ask before an edition is sent again."""
    again = refusals.count_resendable(load_refusals(console, edition_id))
    if refused not in again:
        return console.redirect(_page(edition_id), "console.resend.no_reader", tone="bad")
    return console.page(
        "resend",
        refused=refused,
        count=again[refused],
        hours=HOURS,
        **edition_status.load_status(console.session, edition_id, now=console.now).values(),
    )


@router.post("/editions/{edition_id}/resend")
def resend_edition(console: SendPermission, edition_id: int, typed: PostedForm) -> Response:
    """Take refusals back and send the edition again."""
    form = ResendForm.parse(typed)
    valid_for = timedelta(hours=int(form.hours)) if form.hours else None
    try:
        fault = parse_fault(form.refused)
        count = resend_refused(
            console.session, edition_id, faults=[fault], now=console.now, valid_for=valid_for
        )
    except Invalid:
        return console.redirect(_page(edition_id), "console.resend.no_reader", tone="bad")
    except Conflict:
        return console.redirect(_page(edition_id), "console.resend.too_old", tone="bad")
    if not count:
        return console.redirect(_page(edition_id), "console.resend.no_reader", tone="bad")
    console.record("edition.resent", edition_id=edition_id, refused=fault.value, readers=count)
    return console.redirect(f"/console/editions/{edition_id}", "console.resend.done")


@router.post("/editions/{edition_id}/held")
def decide_hold(console: ReadersPermission, edition_id: int, typed: PostedForm) -> Response:
    """Say of held readers that they are gone, or that it was us."""
    form = HoldForm.parse(typed)
    try:
        count = suppression_reviews.decide_review(
            console.session,
            edition_id,
            form.provider,
            form.decision,
            provider_of=console.running.pacing_rules.provider_of,
            keyring=console.running.keyring,
            now=console.now,
        )
    except (NotFound, Conflict):
        return console.redirect(_page(edition_id), "console.review.too_late", tone="bad")
    event = "suppression.gone" if form.decision is ReviewDecision.GONE else "suppression.ours"
    console.record(event, edition_id=edition_id, provider=form.provider, readers=count)
    return console.redirect(_page(edition_id), f"console.review.done.{form.decision.value}")


def load_refusals(console: ConsoleRequest, edition_id: int) -> list[RefusalGroup]:
    """Return an edition's refusals by the providers of this installation."""
    provider_of = console.running.pacing_rules.provider_of
    return refusals.list_refusals(console.session, edition_id, provider_of=provider_of)


def _page(edition_id: int) -> str:
    return f"/console/editions/{edition_id}/refusals"
