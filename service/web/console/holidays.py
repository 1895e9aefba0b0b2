"""A newsletter's holidays: the dates on which it does not come out, to add and to remove."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BeforeValidator

from service.kit.errors import Invalid, NotFound
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.holidays import Holiday
from service.web.console.auth import EditPermission, ViewPermission
from service.web.console.form_model import ErrorKey, FormModel, RowNumber
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
Scope = Literal["this", "all"]


class HolidayForm(FormModel):
    """A holiday; without a last day it is one day."""

    first_on: Annotated[date, ErrorKey("console.holidays.wrong.date")]
    last_on: Annotated[
        date | None,
        BeforeValidator(lambda text: text or None),
        ErrorKey("console.holidays.wrong.date"),
    ]
    label: str
    scope: Scope


class HolidayChoiceForm(FormModel):
    """Which holiday goes. None has the id 0."""

    holiday: RowNumber


@router.get("/newsletters/{slug}/holidays")
def show_holidays(console: ViewPermission, slug: str) -> Response:
    """List the holidays that have not passed."""
    return _page(console, catalogue.get(console.session, slug))


@router.post("/newsletters/{slug}/holidays")
def add_holiday(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Add a holiday, or show what is wrong and keep what was typed."""
    newsletter = catalogue.get(console.session, slug)
    if typed.text("speak"):
        return _page(console.in_chosen_language(typed), newsletter, typed=typed, status=200)
    form, wrong = HolidayForm.bind(typed)
    if form is None:
        return _page(console, newsletter, typed=typed, wrong=wrong)
    holiday = Holiday(
        first_on=form.first_on, last_on=form.last_on or form.first_on, label=form.label
    )
    newsletter_id = None if form.scope == "all" else newsletter.id
    try:
        added = closed_dates.add_holidays(
            console.session, newsletter_id, [holiday], now=console.now
        )
    except Invalid as refused:
        return _page(console, newsletter, typed=typed, problem=refused.message)
    console.record("newsletter.holidays_added", newsletter_id=newsletter.id, holidays=len(added))
    return console.redirect(_home(slug), "console.holidays.done.added")


@router.post("/newsletters/{slug}/holidays/remove")
def remove_holiday(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Remove a holiday; nothing happens if it was removed before."""
    newsletter = catalogue.get(console.session, slug)
    form = HolidayChoiceForm.parse(typed)
    try:
        closed_dates.remove_holiday(console.session, form.holiday, now=console.now)
    except NotFound:
        return console.redirect(_home(slug), "console.holidays.done.gone")
    console.record(
        "newsletter.holiday_removed", newsletter_id=newsletter.id, holiday_id=form.holiday
    )
    return console.redirect(_home(slug), "console.holidays.done.removed")


def _home(slug: str) -> str:
    return f"/console/newsletters/{slug}/holidays"


def _page(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    *,
    typed: FormValues | None = None,
    wrong: dict[str, str] | None = None,
    problem: TranslatableMessage | None = None,
    status: int = 422,
) -> Response:
    return console.page(
        "holidays",
        status=200 if typed is None else status,
        newsletter=newsletter,
        holidays=closed_dates.list_holidays(console.session, newsletter.id, now=console.now),
        typed=typed or FormValues(()),
        wrong=wrong or {},
        problem=problem,
    )
