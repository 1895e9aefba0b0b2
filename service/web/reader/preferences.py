"""A reader's own page: which sections, how often, at whose time, and the way out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from service.audience import preferences
from service.audience.consent import ConsentSource
from service.audience.lifecycle import SubscriptionState
from service.audience.section_selection import is_chosen
from service.delivery.enrolment import choose_frequency
from service.kit.translations import Translator
from service.newsletters.frequency import Frequency, offered_frequencies
from service.rendering.frequency_wording import frequency_choices
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.reader.personal_link import CurrentVisitor, Visitor
from service.web.reader.signup_form import (
    Flag,
    chosen_mask,
    origin_of,
    preference_words,
    read_alerts,
)
from service.web.reader.time_zones import REGIONS, time_zone_choices

router = APIRouter()

OWN = "own"
"""The choice of no zone: the newsletter's own. An empty field would be taken for none at all."""


class PreferenceForm(BaseModel):
    """What a reader's form says: slugs of sections; the others are None where it did not ask."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    sections: Annotated[frozenset[str], Field(alias="section")] = frozenset()
    frequency: str | None = None
    # A box that is not ticked is not sent: `asks_alerts` says that the form had one.
    asks_alerts: Flag = False
    alerts: str = ""
    time_zone: str | None = None


@router.get("/preferences/{token:path}")
def show_preferences(
    request: Request, visitor: CurrentVisitor, now: Now, saved: str = ""
) -> Response:
    """Show the choice as it is."""
    mask = visitor.subscription.section_mask
    chosen = {s.slug for s in visitor.newsletter.current_sections if is_chosen(mask, s.bit)}
    return _page(
        request,
        visitor,
        PreferenceForm(
            sections=frozenset(chosen), alerts="yes" if visitor.subscription.wants_alerts else ""
        ),
        now=now,
        is_saved=bool(saved),
    )


@router.post("/preferences/{token:path}")
def save_preferences(
    request: Request,
    visitor: CurrentVisitor,
    session: Transaction,
    now: Now,
    typed: Annotated[PreferenceForm, Form()],
) -> Response:
    """Write the choice; choosing nothing is pointed to the way out."""
    if visitor.subscription.state is not SubscriptionState.ACTIVE:
        return _page(request, visitor, typed, now=now)
    t = pages.translator_for(visitor.newsletter.locale)
    mask = chosen_mask(typed.sections, visitor.newsletter)
    errors = _check(visitor, typed, mask, t)
    if errors:
        return _page(request, visitor, typed, now=now, errors=errors)
    words = preference_words(visitor.newsletter, t)
    origin = origin_of(request, ConsentSource.PREFERENCES, words)
    # First, because its lock comes before any row's.
    if typed.frequency is not None:
        choose_frequency.choose_frequency(
            session, visitor.reader, Frequency(typed.frequency), now=now, origin=origin
        )
    preferences.choose_sections(session, visitor.reader, section_mask=mask, now=now, origin=origin)
    if typed.asks_alerts and visitor.newsletter.offers_alerts:
        wants_alerts = bool(read_alerts(typed.alerts))
        preferences.choose_alerts(
            session, visitor.reader, wants_alerts=wants_alerts, now=now, origin=origin
        )
    if typed.time_zone is not None and visitor.profile.needs_time_zone:
        zone = None if typed.time_zone == OWN else typed.time_zone
        preferences.set_time_zone(session, visitor.reader.subscriber_id, zone)
    return RedirectResponse(f"/preferences/{visitor.token}?saved=1", status_code=303)


def _check(
    visitor: Visitor, typed: PreferenceForm, mask: int | None, t: Translator
) -> dict[str, str]:
    """Return what is wrong, keyed by the field that it stands beside."""
    errors = {}
    if mask == 0:
        errors["sections"] = t("preferences.empty")
    offered = offered_frequencies(visitor.newsletter)
    if typed.frequency is not None and typed.frequency not in offered:
        errors["frequency"] = t("frequency.wrong")
    if visitor.newsletter.offers_alerts and read_alerts(typed.alerts) is None:
        errors["alerts"] = t("alerts.wrong")
    if typed.time_zone not in {None, OWN} and not preferences.is_zone(typed.time_zone or ""):
        errors["time_zone"] = t("preferences.wrong_zone")
    return errors


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
        frequencies=frequency_choices(visitor.newsletter),
        frequency=typed.frequency or visitor.subscription.frequency,
        wants_alerts=read_alerts(typed.alerts),
        own_zone=profile.time_zone if typed.time_zone is None else typed.time_zone,
        zones=time_zone_choices(locale, now=now, also=profile.time_zone)
        if profile.needs_time_zone
        else {},
        regions=REGIONS,
        own=OWN,
        is_saved=is_saved,
        errors=errors or {},
    )
