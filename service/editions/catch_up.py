"""Catch-up editions: the next edition for readers who had their last one in another series.

Readers who changed their frequency after the same edition share one. It takes what was first seen
since that edition's window, and goes out in the slot of the series that they are in now. Afterwards
they follow that series, as soon as both have come to the same end.
"""

from datetime import datetime

from service.audience.queries import frequency as readers_queries
from service.audience.queries.frequency import SeriesReaders
from service.editions import series_queries
from service.editions.tables import Edition
from service.editions.window import OVERLAP
from service.kit.db import Session
from service.newsletters.frequency import Frequency

BEFORE_ALL = 0
"""The previous edition of readers who joined before the first edition of their series ended."""


def due_catch_ups(
    session: Session,
    newsletter_id: int,
    frequency: Frequency,
    *,
    window_from: datetime,
    window_to: datetime,
) -> list[tuple[int, datetime]]:
    """Return each previous edition whose readers need one of their own now, with its window's end.

    The window is that of the series' own edition. Readers whose previous edition ended where it
    begins, and left the same articles waiting, follow the series from now on; those whose previous
    one ended after it wait.
    """
    readers = SeriesReaders(newsletter_id=newsletter_id, frequency=frequency)
    found = readers_queries.previous_editions(session, readers)
    if not found:
        return []
    previous = series_queries.editions_by_id(session, found)
    waiting = series_queries.waiting_in_series(session, newsletter_id, frequency, up_to=window_from)
    level = [
        each.id
        for each in previous
        if each.window_to == window_from
        and each.frequency == frequency
        and set(each.waiting) == set(waiting)
        and _is_long(each)
    ]
    if level:
        readers_queries.follow_series(session, readers, level)
    due = [
        (each.id, each.window_to)
        for each in previous
        if each.id not in level and each.window_to < window_to
    ]
    if BEFORE_ALL in found:
        start = series_queries.first_window_start(session, newsletter_id)
        due.append((BEFORE_ALL, start or window_from))
    return due


def received_editions(session: Session, edition: Edition) -> list[int]:
    """Return the editions that may have carried what a catch-up edition finds near its start.

    A selection looks back for some minutes (`window.OVERLAP`), where its readers have had other
    editions: the previous one, those of its series, and what came before a catch-up edition.
    """
    found: list[int] = []
    previous_id = edition.previous_edition_id
    earliest = edition.window_from
    while previous_id and earliest is not None:
        [previous] = series_queries.editions_by_id(session, [previous_id])
        found.append(previous.id)
        if previous.previous_edition_id is None and previous.frequency is not None:
            found += series_queries.editions_since(
                session,
                previous.newsletter_id,
                previous.frequency,
                after=earliest - OVERLAP,
                up_to=previous.window_to,
            )
        is_short = previous.window_from is not None and previous.window_from > earliest - OVERLAP
        previous_id = previous.previous_edition_id if is_short else None
    return found


def _is_long(edition: Edition) -> bool:
    """Return whether a selection after this edition looks back into no earlier one.

    It matters for a catch-up edition: what was before it was not of this series.
    """
    if edition.previous_edition_id is None or edition.window_from is None:
        return True
    return edition.window_from <= edition.window_to - OVERLAP
