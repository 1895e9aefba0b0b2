"""Finding a newsletter's feed from the address of a site: what was found, and a button for each."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.accounts.roles import Permission
from service.articles import find
from service.articles.discovery.discover import discover_feeds
from service.articles.discovery.feed_candidate import SiteOffer
from service.boot import Runtime
from service.kit.errors import OperationRefused
from service.newsletters import catalogue
from service.web.console import feeds
from service.web.console.auth import require_operator, require_permission
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter()
DEADLINE = timedelta(seconds=10)
"""An operator waits for the page, and it holds one of the console's slots meanwhile."""


@router.post("/newsletters/{slug}/feeds/find")
def find_feeds(
    request: Request,
    slug: str,
    typed: PostedForm,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
) -> Response:
    """Show what a site offers; nothing is stored.

    The site is asked between two transactions.
    """
    check = require_permission(Permission.EDIT)
    with running.begin() as session:
        console = check(require_operator(request, running, session, now))
        newsletter = catalogue.get(session, slug)
        if typed.text("speak"):
            console = console.in_chosen_language(typed)
            return feeds.feeds_page(console, newsletter, typed=typed)
    offer = _discover(running, typed.text("url"))
    with running.begin() as session:
        console = check(require_operator(request, running, session, now))
        if offer is None:
            problem = "console.feeds.wrong.url"
            return feeds.feeds_page(console, newsletter, typed=typed, problem=problem)
        return _offer_page(console, slug, offer, typed)


def _discover(running: Runtime, url: str) -> SiteOffer | None:
    """Return what is found at an address; None if it is one that is never asked."""
    settings = running.settings
    try:
        return discover_feeds(
            url,
            zone=ZoneInfo(settings.publication_time_zone),
            allow_private=settings.fetch_allow_private,
            ports=settings.fetch_ports,
            deadline=DEADLINE,
        )
    except OperationRefused:
        return None


def _offer_page(
    console: ConsoleRequest, slug: str, offer: SiteOffer, typed: FormValues
) -> Response:
    newsletter = catalogue.get(console.session, slug)
    known = find.list_feeds(console.session, newsletter_id=newsletter.id)
    return console.page(
        "feed_discovery",
        newsletter=newsletter,
        offer=offer,
        known={each.url for each in known},
        section=typed.text("section"),
    )
