"""A reader's own page: which sections, at whose time, and the way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from service.audience import preferences
from service.audience.consent import ConsentSource
from service.audience.lifecycle import SubscriptionState
from service.audience.section_selection import is_chosen
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.reader.personal_link import CurrentVisitor, Visitor
from service.web.reader.signup_form import chosen_mask, origin_of, preference_words
from service.web.reader.time_zones import REGIONS, time_zone_choices

router = APIRouter()

OWN = "own"
"""The choice of no zone: the newsletter's own. An empty field would be taken for none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceForm:
    """What a reader's form says: slugs of sections, and a zone; None where it was not asked."""

    sections: set[str]
    time_zone: str | None = None


@router.get("/preferences/{token:path}")
def show_preferences(
    request: Request, visitor: CurrentVisitor, now: Now, saved: str = ""
) -> Response:
    """Show the choice as it is."""
    mask = visitor.subscription.section_mask
    chosen = {s.slug for s in visitor.newsletter.current_sections if is_chosen(mask, s.bit)}
    return _page(request, visitor, PreferenceForm(sections=chosen), now=now, is_saved=bool(saved))


@router.post("/preferences/{token:path}")
def save_preferences(
    request: Request,
    visitor: CurrentVisitor,
    session: Transaction,
    now: Now,
    section: Annotated[list[str] | None, Form()] = None,
    time_zone: Annotated[str | None, Form()] = None,
) -> Response:
    """Write the choice; choosing nothing is pointed to the way out."""
    typed = PreferenceForm(sections=set(section or ()), time_zone=time_zone)
    if visitor.subscription.state is not SubscriptionState.ACTIVE:
        return _page(request, visitor, typed, now=now)
    t = pages.translator_for(visitor.newsletter.locale)
    mask = chosen_mask(typed.sections, visitor.newsletter)
    errors = {}
    if mask == 0:
        errors["sections"] = t("preferences.empty")
    if time_zone not in {None, OWN} and not preferences.is_zone(time_zone or ""):
        errors["time_zone"] = t("preferences.wrong_zone")
    if errors:
        return _page(request, visitor, typed, now=now, errors=errors)
    preferences.choose_sections(
        session,
        visitor.reader,
        section_mask=mask,
        now=now,
        origin=origin_of(
            request, ConsentSource.PREFERENCES, preference_words(visitor.newsletter, t)
        ),
    )
    if time_zone is not None and visitor.profile.needs_time_zone:
        zone = None if time_zone == OWN else time_zone
        preferences.set_time_zone(session, visitor.reader.subscriber_id, zone)
    return RedirectResponse(f"/preferences/{visitor.token}?saved=1", status_code=303)


def _page(
    request: Request,
    visitor: Visitor,
    typed: PreferenceForm,
    *,
    now: datetime,
    is_saved: bool = False,
    errors: Mapping[str, str] | None = None,
) -> Response:
    profile, locale = visitor.profile, visitor.newsletter.locale
    return pages.render(
        request,
        "reader/preferences.html.j2",
        status=422 if errors else 200,
        locale=locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        profile=profile,
        state=visitor.subscription.state,
        chosen=typed.sections,
        own_zone=profile.time_zone if typed.time_zone is None else typed.time_zone,
        zones=time_zone_choices(locale, now=now, also=profile.time_zone)
        if profile.needs_time_zone
        else {},
        regions=REGIONS,
        own=OWN,
        is_saved=is_saved,
        errors=errors or {},
    )
