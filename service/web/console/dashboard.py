"""The first page: every newsletter at a glance, and what needs attention."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from service.kit.zones import is_zone
from service.outcomes import holds
from service.reports import dashboard
from service.reports.dashboard import Glance
from service.web.console.gate import Console, Reading
from service.web.console.timetable import Run, Timetable, next_runs

router = APIRouter()


@router.get("")
def show(console: Reading) -> Response:
    """Show the page."""
    overview = dashboard.overview(console.session, now=console.now)
    return console.page(
        "dashboard",
        overview=overview,
        holds=holds.waiting(console.session),
        everybody=holds.EVERYBODY,
        runs={each.newsletter.id: _next_run(console, each) for each in overview.newsletters},
    )


def _next_run(console: Console, glance: Glance) -> Run | None:
    newsletter = glance.newsletter
    table = Timetable(days=tuple(newsletter.days), times=tuple(newsletter.times))
    if not is_zone(newsletter.time_zone):
        return None
    zone = ZoneInfo(newsletter.time_zone)
    return next(iter(next_runs(table, zone, after=console.now, count=1)), None)
