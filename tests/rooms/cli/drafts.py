"""A coming edition in the terminal's own time, with articles that editors may change."""

from datetime import time, timedelta

from service.boot import Runtime
from service.editions import drafts
from service.editions.proposal import propose
from service.kit.clock import system_clock
from tests.builders import a_newsletter, an_article

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def a_coming_edition(runtime: Runtime, **changes: object) -> tuple[int, dict[str, int]]:
    """Return the draft's number, and those of its articles by headline."""
    now = system_clock()
    with runtime.begin() as session:
        a_newsletter(
            session, "Politique", "Sport", now=now, days=EVERY_DAY, times=(time(7),), **changes
        )
        ids = {
            title: an_article(
                session, section, seen=now - timedelta(minutes=number), title=title
            ).id
            for number, (section, title) in enumerate(
                [("Politique", "Un"), ("Politique", "Deux"), ("Sport", "Un match")], start=1
            )
        }
        [draft_id] = drafts.open_drafts(session, now=now)
    return draft_id, ids


def headlines(runtime: Runtime, draft_id: int) -> list[tuple[str, str]]:
    """Return what it would have now: section and headline of each article."""
    with runtime.begin() as session:
        found = propose(session, draft_id, now=system_clock()).articles
    return [(each.section.name, each.title) for each in found]
