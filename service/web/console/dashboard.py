"""The first page: every newsletter at a glance, and what needs attention."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import Response

from service.kit.time_zones import is_known_zone
from service.newsletters import closed_dates
from service.newsletters.holidays import Holidays
from service.outcomes import suppression_reviews
from service.reports import dashboard
from service.reports.dashboard import NewsletterSummary
from service.web.console.auth import ViewPermission
from service.web.console.frequency_fields import runs_by_series
from service.web.console.page import ConsoleRequest
from service.web.console.schedule_picker import UpcomingRun

router = APIRouter()


@router.get("")
def show_dashboard(console: ViewPermission) -> Response:
    """Show the page."""
    overview = dashboard.load_dashboard(console.session, now=console.now)
    holidays = closed_dates.holidays_by_newsletter(
        console.session, [each.newsletter.id for each in overview.newsletters]
    )
    return console.page(
        "dashboard",
        overview=overview,
        holds=suppression_reviews.pending_reviews(console.session),
        everybody=suppression_reviews.ALL_PROVIDERS,
        runs={
            each.newsletter.id: _next_run(console, each, holidays[each.newsletter.id])
            for each in overview.newsletters
        },
    )


def _next_run(
    console: ConsoleRequest, glance: NewsletterSummary, but: Holidays
) -> UpcomingRun | None:
    newsletter = glance.newsletter
    if not is_known_zone(newsletter.time_zone):
        return None
    zone = ZoneInfo(newsletter.time_zone)
    found = [
        run
        for series in runs_by_series(newsletter, zone, after=console.now, but=but)
        for run in series.runs
    ]
    return min(found, key=lambda run: run.slot.instant, default=None)
