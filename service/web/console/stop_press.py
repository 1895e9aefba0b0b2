"""Stop press: stop sending first, then withdraw or correct an article of the edition."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from service.articles import find as articles
from service.articles.read_models import ArticleDetails
from service.editions import control, corrections, stop_press
from service.editions.find import edition_articles
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.translatable import TranslatableMessage, translatable
from service.rendering.correction_text import begin_correction
from service.reports.stop_press import concerned_editions
from service.web.console import edition_status
from service.web.console.auth import EditPermission, SendPermission
from service.web.console.form_model import FormModel, whole_number
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
HOME = "/console/editions"


class StopPressForm(FormModel):
    """What becomes of the article, and its corrected words."""

    act: Literal["withdraw", "correct"]
    title: str = ""
    summary: str = ""


@router.get("/editions/{edition_id}/stop-press")
def show_stop_press(console: EditPermission, edition_id: int) -> Response:
    """Show who has the edition already, and its articles to choose from."""
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    if found.edition.frozen_at is None:
        return RedirectResponse(f"{HOME}/{edition_id}/prepare", status_code=303)
    return console.page(
        "stop_press",
        entries=edition_articles(console.session, edition_id),
        corrections=corrections.list_corrections(console.session, edition_id),
        **found.values(),
    )


@router.post("/editions/{edition_id}/stop-press")
def stop_sending(console: SendPermission, edition_id: int) -> Response:
    """Pause the edition first; what becomes of its articles is decided on the next page."""
    here = f"{HOME}/{edition_id}/stop-press"
    try:
        control.pause(console.session, edition_id, now=console.now)
    except Conflict as refused:
        return console.redirect_refused(here, refused)
    console.record("edition.pause", edition_id=edition_id)
    return console.redirect(here, "console.stop_press.stopped")


@router.post("/editions/{edition_id}/corrections")
def create_correction(console: EditPermission, edition_id: int, typed: PostedForm) -> Response:
    """Begin the correction of a revision, or go on with the one that was begun."""
    number = whole_number(typed.text("revision"), most_digits=4)
    if number is None and typed.text("revision"):
        return console.redirect_refused(
            f"{HOME}/{edition_id}/stop-press",
            Invalid(translatable("edition.correction.no_number")),
        )
    try:
        correction_id = begin_correction(
            console.session, edition_id, number=number, now=console.now
        )
    except (Conflict, Invalid) as refused:
        return console.redirect_refused(f"{HOME}/{edition_id}/stop-press", refused)
    console.record("edition.correction_begun", edition_id=correction_id)
    return RedirectResponse(f"{HOME}/{correction_id}/prepare", status_code=303)


@router.get("/editions/{edition_id}/stop-press/{article_id}")
def show_article_change(console: EditPermission, edition_id: int, article_id: int) -> Response:
    """Show what withdrawing or correcting an article does, edition by edition."""
    return _page(console, edition_id, _article_of(console, edition_id, article_id))


@router.post("/editions/{edition_id}/stop-press/{article_id}")
def change_article(
    console: EditPermission, edition_id: int, article_id: int, typed: PostedForm
) -> Response:
    """Withdraw the article from all editions, or correct it in all of them."""
    article = _article_of(console, edition_id, article_id)
    if typed.text("speak"):
        return _page(console.in_chosen_language(typed), edition_id, article, typed=typed)
    form = StopPressForm.parse(typed)
    here = f"{HOME}/{edition_id}/stop-press"
    if form.act == "withdraw":
        stop_press.withdraw_article(console.session, article_id, now=console.now)
        console.record("article.withdrawn", article_id=article_id, edition_id=edition_id)
        return console.redirect(here, "console.stop_press.withdrawn")
    try:
        is_changed = stop_press.correct_article(
            console.session,
            article_id,
            title=form.title,
            summary=form.summary,
            now=console.now,
        )
    except (Conflict, Invalid) as wrong:
        return _page(console, edition_id, article, typed=typed, problem=wrong.message)
    if not is_changed:
        return console.redirect(f"{here}/{article_id}", "console.stop_press.same", tone="bad")
    console.record("article.corrected", article_id=article_id, edition_id=edition_id)
    return console.redirect(here, "console.stop_press.corrected")


def _article_of(console: ConsoleRequest, edition_id: int, article_id: int) -> ArticleDetails:
    """Return an article of the edition; raise NotFound for another one."""
    carried = {each.article.id for each in edition_articles(console.session, edition_id)}
    if article_id not in carried:
        raise NotFound(f"Edition {edition_id} has no article {article_id}.")
    return articles.get_article(console.session, article_id)


def _page(
    console: ConsoleRequest,
    edition_id: int,
    article: ArticleDetails,
    *,
    typed: FormValues | None = None,
    problem: TranslatableMessage | None = None,
) -> Response:
    found = edition_status.load_status(console.session, edition_id, now=console.now)
    return console.page(
        "stop_press_article",
        status=422 if problem else 200,
        article=article,
        title_text=article.title if typed is None else typed.text("title"),
        summary_text=article.summary if typed is None else typed.text("summary"),
        problem=problem,
        concerned=concerned_editions(console.session, article.id),
        **found.values(),
    )
