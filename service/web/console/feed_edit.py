"""Editing a feed: its address, its section, how often it is polled."""

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import Response

from service.accounts import audit
from service.articles import find, section_rules
from service.articles.feeds import registry
from service.articles.feeds.registry import FeedSettings
from service.articles.read_models import FeedDetails
from service.kit.errors import Conflict, NotFound, OperationRefused
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.auth import EditPermission
from service.web.console.edit_form import EditAttempt, EditForm, compare_edit
from service.web.console.form_model import whole_number
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()
_MAX_MINUTES = 24 * 60


class FeedEditForm(EditForm):
    """The fields of a feed; an empty section is the one that an article names."""

    url: str = ""
    section: str = ""
    every: str = ""


@router.get("/newsletters/{slug}/feeds/{feed_id}/edit")
def show_edit_feed(console: EditPermission, slug: str, feed_id: int) -> Response:
    """Show the form with what is stored."""
    newsletter = catalogue.get(console.session, slug)
    feed = _feed(find.get_feed(console.session, feed_id), newsletter)
    stored = _stored(feed)
    return _page(console, newsletter, feed, EditAttempt(fields=stored, opened=stored))


@router.post("/newsletters/{slug}/feeds/{feed_id}/edit")
def edit_feed(console: EditPermission, slug: str, feed_id: int, typed: PostedForm) -> Response:
    """Save the form, or show what is wrong, or what was saved meanwhile; keep what was typed."""
    newsletter = catalogue.get(console.session, slug)
    feed = _feed(find.get_feed_for_update(console.session, feed_id), newsletter)
    attempt = compare_edit(typed, _stored(feed))
    if typed.text("speak") or attempt.merged is not None:
        return _page(console.in_chosen_language(typed), newsletter, feed, attempt)
    problems = _problems(console, newsletter, feed, attempt.fields)
    if problems:
        return _page(console, newsletter, feed, attempt, problems=problems)
    return console.redirect(f"/console/newsletters/{slug}/feeds", "console.feeds.done.edit")


def _problems(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    feed: FeedDetails,
    fields: FeedEditForm,
) -> dict[str, str]:
    """Save the feed; return the keys of what is wrong, by field, if it cannot be saved."""
    minutes = whole_number(fields.every, most_digits=4)
    if minutes is None or not 1 <= minutes <= _MAX_MINUTES:
        return {"every": "console.feeds.wrong.every"}
    if fields.section:
        section_rules.section_by_name(newsletter, fields.section)
    wanted = FeedSettings(
        url=fields.url, section_key=fields.section or None, every=timedelta(minutes=minutes)
    )
    try:
        done = registry.edit(console.session, feed.id, wanted, now=console.now)
    except OperationRefused:
        return {"url": "console.feeds.wrong.url"}
    except Conflict:
        return {"url": "console.feeds.wrong.known"}
    if done:
        console.record("feed.edited", feed_id=feed.id, newsletter_id=newsletter.id)
    return {}


def _feed(feed: FeedDetails, newsletter: NewsletterDetails) -> FeedDetails:
    if feed.newsletter_id != newsletter.id:
        raise NotFound("This newsletter has no such feed.")
    return feed


def _stored(feed: FeedDetails) -> FeedEditForm:
    minutes = max(1, round(feed.every / timedelta(minutes=1)))
    return FeedEditForm(url=feed.url, section=feed.section_key or "", every=str(minutes))


def _page(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    feed: FeedDetails,
    attempt: EditAttempt[FeedEditForm],
    *,
    problems: dict[str, str] | None = None,
) -> Response:
    saved = None
    if attempt.merged is not None:
        saved = audit.latest_entry(console.session, "feed.edited", {"feed_id": feed.id})
    return console.page(
        "feed_edit",
        status=422 if problems else 409 if attempt.merged else 200,
        newsletter=newsletter,
        feed=feed,
        attempt=attempt,
        saved=saved,
        problems=problems or {},
        most=_MAX_MINUTES,
    )
