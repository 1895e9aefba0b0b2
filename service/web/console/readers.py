"""Readers: counts, search by address, and everything about one reader."""

from fastapi import APIRouter
from fastapi.responses import Response

from service.audience import profile, suppress
from service.audience.address import parse_address
from service.kit.errors import Invalid, NotFound
from service.newsletters import catalogue
from service.newsletters.frequency import offered_frequencies
from service.reports import reader_counts, reader_history
from service.web.console.auth import ReadersPermission, ViewPermission

router = APIRouter()
_PAGE = 50


@router.get("/readers")
def show_readers(
    console: ViewPermission, newsletter: str = "", q: str = "", before: int | None = None
) -> Response:
    """List readers, newest first; with a newsletter, how many chose each of its sections."""
    newsletters = catalogue.list_newsletters(console.session)
    chosen = next((each for each in newsletters if each.slug == newsletter), None)
    return console.page(
        "readers",
        newsletters=newsletters,
        chosen=chosen,
        q=q.strip(),
        before=before,
        readers=reader_counts.count_readers(console.session, chosen) if chosen else None,
        page=reader_history.list_readers(
            console.session,
            newsletter_id=chosen.id if chosen else None,
            search=q.strip(),
            before_id=before,
            limit=_PAGE,
        ),
    )


@router.get("/readers/{subscriber_id}")
def show_reader(console: ViewPermission, subscriber_id: int) -> Response:
    """Show everything about one reader."""
    history = reader_history.get_reader_history(
        console.session, subscriber_id, keyring=console.running.keyring
    )
    return console.page(
        "reader",
        history=history,
        # Newsletters that offer a choice.
        several={
            each.newsletter.id
            for each in history.subscriptions
            if len(offered_frequencies(each.newsletter)) > 1
        },
        zone=console.running.settings.publication_time_zone,
    )


@router.post("/readers/{subscriber_id}/lift")
def lift_suppression(console: ReadersPermission, subscriber_id: int) -> Response:
    """Allow writing to this reader again."""
    here = f"/console/readers/{subscriber_id}"
    keyring = console.running.keyring
    reader = profile.profile_of_subscriber(console.session, subscriber_id, keyring=keyring)
    try:
        suppress.lift(console.session, parse_address(reader.address or ""), keyring=keyring)
    except (NotFound, Invalid):
        return console.redirect(here, "console.reader.not_suppressed", tone="bad")
    console.record("suppression.lifted", subscriber_id=subscriber_id)
    return console.redirect(here, "console.reader.lifted")
