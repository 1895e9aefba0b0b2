"""A coming edition in the terminal's own time, with articles that editors may change."""

from service.boot import Runtime
from service.editions.proposal import propose
from service.kit.clock import system_clock
from tests.coming_edition import a_coming_edition_at


def a_coming_edition(runtime: Runtime, **changes: object) -> tuple[int, dict[str, int]]:
    """Return the draft's number, and those of its articles by headline."""
    now = system_clock()
    with runtime.begin() as session:
        return a_coming_edition_at(session, now=now, **changes)


def headlines(runtime: Runtime, draft_id: int) -> list[tuple[str, str]]:
    """Return what it would have now: section and headline of each article."""
    with runtime.begin() as session:
        found = propose(session, draft_id, now=system_clock()).articles
    return [(each.section.name, each.title) for each in found]
