"""The way out: a page with one button, and the mail program's own button (RFC 8058)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import PlainTextResponse, Response

from service.audience import unsubscribe
from service.audience.consent import Origin
from service.audience.unsubscribe import By
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.reader.personal import Visiting
from service.web.reader.queue import queue

router = APIRouter()


@router.get("/unsubscribe/{token}")
def show(request: Request, visitor: Visiting) -> Response:
    """Ask once; link scanners open this page, too."""
    return pages.render(
        request,
        "reader/unsubscribe.html.j2",
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        preferences=visitor.preferences,
        is_done=False,
    )


@router.post("/unsubscribe/{token}")
def leave(
    request: Request,
    visitor: Visiting,
    session: Transaction,
    now: Now,
    by_page: Annotated[str, Form()] = "",
) -> Response:
    """End the subscription, however often this is asked.

    Whatever a mail provider posts, with or without `List-Unsubscribe=One-Click`, means leave: it
    shows no page, has no cookie, and follows no redirect.
    """
    due = unsubscribe.end(
        session,
        visitor.reader,
        by=By.PAGE if by_page else By.ONE_CLICK,
        now=now,
        origin=Origin(address=request.client.host if request.client else None),
    )
    queue(session, due, now=now)
    if not by_page:
        return PlainTextResponse("Unsubscribed.\n")
    return pages.render(
        request,
        "reader/unsubscribe.html.j2",
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        preferences=visitor.preferences,
        is_done=True,
    )
