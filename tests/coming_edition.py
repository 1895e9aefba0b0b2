"""The coming edition of a newsletter of every morning, with articles that editors may change."""

from datetime import datetime, time, timedelta

from service.editions import drafts
from service.kit.db import Session
from tests.builders import a_newsletter, an_article

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def a_coming_edition_at(
    session: Session, *, now: datetime, **changes: object
) -> tuple[int, dict[str, int]]:
    """Return the draft's number, and those of its articles by headline."""
    a_newsletter(
        session, "Politique", "Sport", now=now, days=EVERY_DAY, times=(time(7),), **changes
    )
    ids = {
        title: an_article(session, section, seen=now - timedelta(minutes=number), title=title).id
        for number, (section, title) in enumerate(
            [("Politique", "Un"), ("Politique", "Deux"), ("Sport", "Un match")], start=1
        )
    }
    [draft_id] = drafts.open_drafts(session, now=now)
    return draft_id, ids
