"""Sending an article as an alert: which newsletter, to how many readers, and then doing it."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from service.articles import find
from service.audience.alert_readers import count_alert_readers
from service.editions import breaking
from service.editions.alert import AlertAuthor, AlertPreview, AlertState, preview_alert
from service.kit.errors import Conflict, CrieurError
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.auth import SendPermission
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTarget:
    """A newsletter that could alert its readers, how many, or why it cannot."""

    newsletter: NewsletterDetails
    section_name: str = ""
    readers: int = 0
    preview: AlertPreview | None = None
    problem: TranslatableMessage | None = None


@router.get("/articles/{article_id}/alert")
def show_alert_article(console: SendPermission, article_id: int) -> Response:
    """Ask to which newsletter's readers an article is sent as an alert."""
    return _page(console, article_id)


@router.post("/articles/{article_id}/alert")
def alert_article(console: SendPermission, article_id: int, typed: PostedForm) -> Response:
    """Make the alert, and lead to its edition."""
    slug = typed.text("newsletter")
    if not slug:
        return _page(console, article_id, problem="console.article.alert.choose")
    newsletter = catalogue.get(console.session, slug)
    author = AlertAuthor(origin="hand", operator_id=console.me.operator_id, is_approved=True)
    try:
        made = breaking.alert_article(
            console.session, newsletter, article_id, author, now=console.now
        )
    except Conflict as wrong:
        return _page(console, article_id, wrong=wrong.message)
    console.record("article.alerted", article_id=article_id, edition_id=made.edition_id)
    page = "prepare" if made.state is AlertState.LATER else ""
    return console.redirect(
        f"/console/editions/{made.edition_id}/{page}".rstrip("/"),
        f"console.article.alert.done.{made.state.value}",
        name=newsletter.name,
    )


def _page(
    console: ConsoleRequest,
    article_id: int,
    *,
    problem: str | None = None,
    wrong: TranslatableMessage | None = None,
) -> Response:
    return console.page(
        "article_alert",
        status=422 if problem or wrong else 200,
        article=find.get_article(console.session, article_id),
        targets=[
            _target(console, each, article_id)
            for each in catalogue.list_newsletters(console.session)
            if each.offers_alerts
        ],
        problem=problem,
        wrong=wrong,
    )


def _target(console: ConsoleRequest, newsletter: NewsletterDetails, article_id: int) -> AlertTarget:
    session = console.session
    try:
        placed = breaking.require_alertable(session, newsletter, article_id)
        preview = preview_alert(session, newsletter, now=console.now)
    except CrieurError as wrong:
        return AlertTarget(newsletter=newsletter, problem=wrong.message)
    return AlertTarget(
        newsletter=newsletter,
        section_name=placed.section.name,
        readers=count_alert_readers(session, newsletter.id, 1 << placed.section.bit),
        preview=preview,
    )
