"""A frozen edition is rendered: one rendition per distinct choice of sections, and the web version.

Rendering costs about 30 ms a variant and happens between two short transactions. Doing it again
is harmless: variants that are stored are never replaced, so two copies of one reader's mail have
the same bytes whoever renders them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from service.editions import desk
from service.editions.lifecycle import State
from service.editions.tables import Edition
from service.kit.db import Begin, Session
from service.kit.errors import NotFound, Refused
from service.rendering import queries
from service.rendering.checks import find_problems
from service.rendering.fit import render_to_fit
from service.rendering.gather import gather_digest
from service.rendering.letterhead import letterhead_from
from service.rendering.placeholder import make_placeholder
from service.rendering.render import render_mail
from service.rendering.tables import WEB_MASK, Rendition
from service.rendering.views import DigestView

log = structlog.get_logger(__name__)

WITH_CONTENT = frozenset({State.FROZEN, State.RENDERED, State.SENDING, State.FINISHED})


def render_edition(begin: Begin, edition_id: int, *, public_url: str, now: datetime) -> int:
    """Render what readers' choices need and is not stored yet; return how many were new.

    A frozen edition is `rendered` afterwards. A mail that must not go out raises Refused.
    """
    with begin() as session:
        edition = desk.get(session, edition_id)
        if edition.state not in WITH_CONTENT:
            return 0
        view = load_view(session, edition, public_url=public_url)
        missing = {
            *_masks(session, edition),
            edition.section_mask,
            WEB_MASK,
        } - queries.stored_masks(session, edition_id)
    rows = [_render_row(view, edition_id, mask, public_url, now) for mask in sorted(missing)]
    with begin() as session:
        new = queries.put_renditions(session, rows)
        desk.mark_rendered(session, edition_id)
    log.info("edition.rendered", edition=edition_id, variants=new)
    return new


def _masks(session: Session, edition: Edition) -> set[int]:
    """Once readers are enrolled it is known what they chose; before, whoever is active counts."""
    if edition.enrolled_at is not None:
        return {int(mask) for mask in edition.masks}
    return queries.wanted_masks(
        session, newsletter_id=edition.newsletter_id, section_mask=edition.section_mask
    )


def render_masks(
    begin: Begin, edition_id: int, masks: Iterable[int], *, public_url: str, now: datetime
) -> int:
    """Render variants that enrolment found missing, because a reader chose after the freeze."""
    with begin() as session:
        edition = desk.get(session, edition_id)
        view = load_view(session, edition, public_url=public_url)
        missing = set(masks) - queries.stored_masks(session, edition_id)
    rows = [_render_row(view, edition_id, mask, public_url, now) for mask in sorted(missing)]
    with begin() as session:
        return queries.put_renditions(session, rows)


def find_rendition(session: Session, edition_id: int, mask: int) -> Rendition:
    """Return a stored variant; raise NotFound."""
    found = queries.rendition(session, edition_id=edition_id, mask=mask)
    if found is None:
        raise NotFound(f"Edition {edition_id} has not been rendered for this choice of sections.")
    return found


def subject_of(session: Session, edition_id: int) -> str:
    """Return the subject of an edition with every section: its name in lists and archives."""
    return find_rendition(session, edition_id, WEB_MASK).subject


def find_web_version(session: Session, key: str) -> Rendition:
    """Return the web version of the edition with this public key; raise NotFound."""
    edition = desk.get_by_key(session, key)
    found = queries.rendition(session, edition_id=edition.id, mask=WEB_MASK)
    if found is None:
        raise NotFound("This edition has not appeared yet.")
    return found


def load_view(session: Session, edition: Edition, *, public_url: str) -> DigestView:
    """Return the whole digest of a frozen edition, without personal links."""
    return gather_digest(
        letterhead_from(edition.frozen, public_url=public_url),
        queries.frozen_articles(session, edition.id),
        edition_date=edition.slot_date,
        time_zone=edition.frozen["time_zone"],
        web_url=f"{public_url}/e/{edition.key}",
        subject_template=edition.frozen.get("subject_template"),
    )


def _render_row(
    view: DigestView, edition_id: int, mask: int, public_url: str, now: datetime
) -> dict[str, Any]:
    row = {"edition_id": edition_id, "mask": mask, "rendered_at": now}
    if mask == WEB_MASK:
        page = render_mail("digest", view)
        return row | {
            "subject": page.subject,
            "html": page.html,
            "text": page.text,
            "placeholder": "",
            "warnings": [],
        }
    placeholder = make_placeholder()
    fitted = render_to_fit(personalise(view.masked(mask), placeholder, public_url=public_url))
    problems = find_problems(
        fitted.rendered, placeholder=placeholder, postal_address=view.letterhead.postal_address
    )
    for problem in problems:
        log.warning("rendition.faulty", edition=edition_id, mask=mask, problem=problem.sentence)
        if problem.fatal:
            raise Refused(f"Edition {edition_id} cannot be sent. {problem.sentence}")
    return row | {
        "subject": fitted.rendered.subject,
        "html": fitted.rendered.html,
        "text": fitted.rendered.text,
        "placeholder": placeholder,
        "warnings": [*fitted.measures, *(problem.sentence for problem in problems)],
    }


def personalise(view: DigestView, token: str, *, public_url: str) -> DigestView:
    """Return the view with one reader's links; the token is usually a placeholder."""
    return replace(
        view,
        preferences_url=f"{public_url}/preferences/{token}",
        unsubscribe_url=f"{public_url}/unsubscribe/{token}",
    )
