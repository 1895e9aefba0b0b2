"""The coming days before they come: editions by day, and what an operator should look at.

A rehearsal opens short transactions of its own and renders between them, so the page's handlers
ask who is signed in before it and after it. Newsletters are rehearsed together while they are few,
and the messages of the next editions only are measured: an operator waits for the page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.accounts.roles import Permission
from service.boot import Runtime
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.rehearsal.link_check import check_links, links_of
from service.rehearsal.link_notes import with_links
from service.rehearsal.rehearse import DEFAULT_DAYS, MOST_DAYS, rehearse
from service.rehearsal.rehearsed import Rehearsal
from service.rehearsal.slot_groups import group_slots
from service.web.console.auth import require_operator, require_permission
from service.web.console.form_model import whole_number
from service.web.console.form_values import PostedForm
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter()

CHOICES_OF_DAYS = (1, 3, DEFAULT_DAYS, 14, MOST_DAYS)
MOST_TOGETHER = 8
"""Newsletters that are rehearsed together on one page; of more, one is chosen."""

MOST_RENDERED = 12
"""Messages that are rendered for one page: up to a tenth of a second each."""

MOST_SHOWN = 150
"""Slots on one page; those that are skipped for one reason count as one."""

LINKS_DEADLINE = timedelta(seconds=10)
"""As for finding feeds: the page holds one of the console's slots meanwhile."""


@router.get("/rehearsal")
def show_rehearsal(
    request: Request,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
    newsletter: str = "",
    days: str = "",
) -> Response:
    """Show the coming days of one newsletter, or of all while they are few."""
    newsletters = _sign_in(request, running, now)
    found = _rehearse(running, newsletters, newsletter, days, now=now)
    return _answer(request, running, found, newsletters, now=now)


@router.post("/rehearsal")
def check_rehearsed_links(
    request: Request, running: CurrentRuntime, now: Now, _place: Admitted, typed: PostedForm
) -> Response:
    """Show the same, after asking whether its links and pictures lead somewhere."""
    # A viewer's click must not become a request to anywhere.
    newsletters = _sign_in(request, running, now, Permission.EDIT)
    slug, days = typed.text("newsletter"), typed.text("days")
    found = _rehearse(running, newsletters, slug, days, now=now)
    checked = check_links(
        links_of(found),
        deadline=LINKS_DEADLINE,
        allow_private=running.settings.fetch_allow_private,
        ports=running.settings.fetch_ports,
    )
    return _answer(request, running, with_links(found, checked), newsletters, now=now)


def _sign_in(
    request: Request, running: Runtime, now: datetime, permission: Permission = Permission.READ
) -> list[NewsletterDetails]:
    """Return the newsletters, if a signed-in operator asks who may."""
    with running.begin() as session:
        require_permission(permission)(require_operator(request, running, session, now))
        return catalogue.list_newsletters(session)


def _rehearse(
    running: Runtime,
    newsletters: Sequence[NewsletterDetails],
    slug: str,
    days: str,
    *,
    now: datetime,
) -> Rehearsal:
    if not slug and len(newsletters) > MOST_TOGETHER:
        slug = newsletters[0].slug
    wanted = whole_number(days, most_digits=2)
    return rehearse(
        running.begin,
        public_url=running.settings.public_url,
        now=now,
        days=wanted if wanted in CHOICES_OF_DAYS else DEFAULT_DAYS,
        slug=slug or None,
        most_rendered=MOST_RENDERED,
    )


def _answer(
    request: Request,
    running: Runtime,
    found: Rehearsal,
    newsletters: Sequence[NewsletterDetails],
    *,
    now: datetime,
) -> Response:
    groups = group_slots(found.editions)
    together = len(found.newsletters) == len(newsletters) and len(newsletters) != 1
    with running.begin() as session:
        console = require_operator(request, running, session, now)
        return console.page(
            "rehearsal",
            rehearsal=found,
            groups=groups[:MOST_SHOWN],
            # Slots, as the command counts them: a line may stand for many.
            not_shown=sum(len(each.editions) for each in groups[MOST_SHOWN:]),
            slots=len(found.editions),
            not_fine=sum(not each.is_fine for each in found.editions),
            to_look_at=[each for each in groups[:MOST_SHOWN] if not each.first.is_fine],
            newsletters=newsletters,
            chosen=None if together or not found.newsletters else found.newsletters[0].newsletter,
            days=(found.ends_at - found.begins_at).days,
            days_choices=CHOICES_OF_DAYS,
            most=max((len(each.articles) for each in found.editions), default=0),
        )
