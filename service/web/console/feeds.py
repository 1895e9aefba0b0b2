"""A newsletter's feeds: add, poll now, pause, remove, and why the last poll failed."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from service.articles import find
from service.articles.feeds import poll, registry
from service.articles.sections import section_key
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound, OperationRefused
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.auth import EditPermission, ViewPermission
from service.web.console.form_model import FormModel, OptionalText
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()


class FeedForm(FormModel):
    """A new feed; whether its address may be polled is for the room of articles to say."""

    url: str
    section: OptionalText


ACTIONS: dict[str, Callable[[Session, int, datetime], None]] = {
    "poll": lambda session, feed_id, now: registry.poll_now(session, feed_id, now=now),
    "resume": lambda session, feed_id, now: registry.poll_now(session, feed_id, now=now),
    "pause": lambda session, feed_id, now: registry.pause(session, feed_id, now=now),
}


@router.get("/newsletters/{slug}/feeds")
def show_feeds(console: ViewPermission, slug: str) -> Response:
    """List a newsletter's feeds."""
    return feeds_page(console, catalogue.get(console.session, slug))


@router.post("/newsletters/{slug}/feeds")
def add_feed(console: EditPermission, slug: str, typed: PostedForm) -> Response:
    """Add a feed and poll it soon."""
    newsletter = catalogue.get(console.session, slug)
    if typed.text("speak"):
        return feeds_page(console.in_chosen_language(typed), newsletter, typed=typed)
    form = FeedForm.parse(typed)
    try:
        feed_id = poll.add_feed(
            console.session,
            form.url,
            newsletter_id=newsletter.id,
            section_key=section_key(form.section),
            now=console.now,
        )
    except OperationRefused:
        return feeds_page(console, newsletter, typed=typed, problem="console.feeds.wrong.url")
    except Conflict:
        return feeds_page(console, newsletter, typed=typed, problem="console.feeds.wrong.known")
    registry.poll_now(console.session, feed_id, now=console.now)
    console.record("feed.added", feed_id=feed_id, newsletter_id=newsletter.id)
    return console.redirect(_home(slug), "console.feeds.done.added")


@router.get("/newsletters/{slug}/feeds/{feed_id}/remove")
def show_remove_feed(console: EditPermission, slug: str, feed_id: int) -> Response:
    """Ask before a feed is removed."""
    newsletter = catalogue.get(console.session, slug)
    _check(console, newsletter, feed_id)
    return _question(console, newsletter, feed_id)


@router.post("/newsletters/{slug}/feeds/{feed_id}/remove")
def remove_feed(console: EditPermission, slug: str, feed_id: int) -> Response:
    """Remove a feed; its articles stay."""
    newsletter = catalogue.get(console.session, slug)
    _check(console, newsletter, feed_id)
    try:
        url = registry.remove(console.session, feed_id)
    except Conflict:
        return _question(console, newsletter, feed_id)
    console.record("feed.removed", url=url, newsletter_id=newsletter.id)
    return console.redirect(_home(slug), "console.feeds.done.remove")


@router.post("/newsletters/{slug}/feeds/{feed_id}/{act}")
def control_feed(
    console: EditPermission, slug: str, feed_id: int, act: Literal["poll", "pause", "resume"]
) -> Response:
    """Poll a feed now, pause it, or go on with it."""
    newsletter = catalogue.get(console.session, slug)
    _check(console, newsletter, feed_id)
    ACTIONS[act](console.session, feed_id, console.now)
    console.record(f"feed.{act}", feed_id=feed_id)
    return console.redirect(_home(slug), f"console.feeds.done.{act}")


def _check(console: ConsoleRequest, newsletter: NewsletterDetails, feed_id: int) -> None:
    if find.get_feed(console.session, feed_id).newsletter_id != newsletter.id:
        raise NotFound("This newsletter has no such feed.")


def _question(console: ConsoleRequest, newsletter: NewsletterDetails, feed_id: int) -> Response:
    return console.page(
        "feed_remove",
        newsletter=newsletter,
        feed=find.get_feed(console.session, feed_id),
        is_ruled=registry.is_named_by_rule(console.session, feed_id),
    )


def _home(slug: str) -> str:
    return f"/console/newsletters/{slug}/feeds"


def feeds_page(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    *,
    typed: FormValues | None = None,
    problem: str | None = None,
) -> Response:
    """Return the page of a newsletter's feeds; `problem` is the key of what is wrong."""
    return console.page(
        "feeds",
        status=422 if problem else 200,
        newsletter=newsletter,
        feeds=find.list_feeds(console.session, newsletter_id=newsletter.id),
        typed=typed or FormValues(()),
        problem=problem,
    )
