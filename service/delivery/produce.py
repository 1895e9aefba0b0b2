"""Carry an edition from its slot to its sending: choose, freeze and enrol, render, start.

Each step is a short transaction that does nothing when it was done already, so that any number
of doorbells, crashes and workers lead to the same edition.
"""

from datetime import datetime

import structlog

from service.delivery.enrol import enrol, masks_to_render
from service.editions import build, desk
from service.editions.lifecycle import State
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.errors import CrieurError
from service.rendering.render_edition import render_edition, render_masks, subject_of

log = structlog.get_logger(__name__)


def carry_on(begin: Begin, edition_id: int, *, clock: Clock, public_url: str) -> None:
    """Take an edition as far as it goes now; a held one stops once it has its articles.

    An edition that may not be rendered is paused with the reason, for an operator to decide.
    """
    with begin() as session:
        if desk.get(session, edition_id).paused_at is not None:
            return
        build.choose(session, edition_id, now=clock())
    with begin() as session:
        build.freeze(session, edition_id, now=clock())
    _enrol(begin, edition_id, clock=clock)
    try:
        _render(begin, edition_id, public_url=public_url, now=clock())
    except CrieurError as error:
        log.warning("edition.stopped", edition=edition_id, reason=str(error))
        with begin() as session:
            desk.pause(session, edition_id, now=clock(), note=str(error))


def _enrol(begin: Begin, edition_id: int, *, clock: Clock) -> None:
    """Write the audience of a frozen edition down, a stretch in each transaction."""
    complete = False
    while not complete:
        with begin() as session:
            complete = enrol(session, edition_id, now=clock())


def _render(begin: Begin, edition_id: int, *, public_url: str, now: datetime) -> None:
    with begin() as session:
        if desk.get(session, edition_id).state not in {State.FROZEN, State.RENDERED}:
            return
    render_edition(begin, edition_id, public_url=public_url, now=now)
    with begin() as session:
        missing = masks_to_render(session, edition_id)
    if missing:
        render_masks(begin, edition_id, missing, public_url=public_url, now=now)
    with begin() as session:
        subject = subject_of(session, edition_id)
        desk.start_sending(session, edition_id, subject=subject, now=now)
