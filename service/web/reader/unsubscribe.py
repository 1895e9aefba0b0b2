"""The way out: a page with one button, and the mail program's own button (RFC 8058)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from service.audience import unsubscribe
from service.audience.consent import ConsentOrigin
from service.audience.unsubscribe import EndedBy
from service.delivery.notices.send_notice import queue_pending_notice
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.reader.personal_link import CurrentVisitor

router = APIRouter()


@router.get("/unsubscribe/{token:path}")
def show_unsubscribe(request: Request, visitor: CurrentVisitor) -> Response:
    """Ask once; link scanners open this page, too."""
    return pages.render(
        request,
        "reader/unsubscribe.html.j2",
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        profile=visitor.profile,
        state=visitor.subscription.state,
        is_done=False,
    )


async def is_by_page(request: Request) -> bool:
    """Whether our own page's button was pressed; a body that cannot be read came from elsewhere."""
    try:
        async with request.form(max_files=1, max_fields=20) as form:
            return bool(form.get("by_page"))
    except HTTPException:
        return False


@router.post("/unsubscribe/{token:path}")
def end_subscription(
    request: Request,
    visitor: CurrentVisitor,
    session: Transaction,
    now: Now,
    by_page: Annotated[bool, Depends(is_by_page)],
) -> Response:
    """End the subscription, however often this is asked.

    Whatever a mail provider posts, with or without `List-Unsubscribe=One-Click`, means leave, also
    a multipart body that is none: the link alone proves who leaves. A provider shows no page, has
    no cookie, and follows no redirect.
    """
    due = unsubscribe.end_subscription(
        session,
        visitor.reader,
        by=EndedBy.PAGE if by_page else EndedBy.ONE_CLICK,
        now=now,
        origin=ConsentOrigin(address=request.client.host if request.client else None),
    )
    queue_pending_notice(session, due, now=now)
    if not by_page:
        return PlainTextResponse("Unsubscribed.\n")
    return pages.render(
        request,
        "reader/unsubscribe.html.j2",
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        profile=visitor.profile,
        state=visitor.subscription.state,
        is_done=True,
    )
