"""A reader's own page: which sections, and the way out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from service.audience import preferences
from service.audience.choice import is_chosen
from service.audience.lifecycle import State
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.forms import chosen_mask, origin_of
from service.web.reader.personal import Visiting, Visitor

router = APIRouter()


@router.get("/preferences/{token}")
def show(request: Request, visitor: Visiting, saved: str = "") -> Response:
    """Show the choice as it is."""
    mask = visitor.preferences.section_mask
    chosen = {s.slug for s in visitor.newsletter.current_sections if is_chosen(mask, s.bit)}
    return _page(request, visitor, chosen, is_saved=bool(saved))


@router.post("/preferences/{token}")
def save(
    request: Request,
    visitor: Visiting,
    session: Transaction,
    now: Now,
    section: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Write the choice; choosing nothing is pointed to the way out."""
    chosen = set(section or ())
    if visitor.preferences.state is not State.ACTIVE:
        return _page(request, visitor, chosen)
    mask = chosen_mask(chosen, visitor.newsletter)
    if mask == 0:
        return _page(request, visitor, chosen, is_empty=True)
    t = pages.speaker(visitor.newsletter.locale)
    preferences.choose(
        session,
        visitor.reader,
        section_mask=mask,
        now=now,
        origin=origin_of(request, visitor.newsletter, t("preferences.lead")),
    )
    return RedirectResponse(f"/preferences/{visitor.token}?saved=1", status_code=303)


def _page(
    request: Request,
    visitor: Visitor,
    chosen: set[str],
    *,
    is_saved: bool = False,
    is_empty: bool = False,
) -> Response:
    return pages.render(
        request,
        "reader/preferences.html.j2",
        status=422 if is_empty else 200,
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        preferences=visitor.preferences,
        chosen=chosen,
        is_saved=is_saved,
        is_empty=is_empty,
    )
