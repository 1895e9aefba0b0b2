"""Links and pixels of a subject test: they count, without the reader, and lead on.

A GET that changes something is an exception here: a link in a message is nothing else, and what it
changes is a number that a scanner may change, too. The address leads only to a link of the frozen
edition, for good; when counting fails the reader is led on all the same.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from service.boot import Runtime
from service.editions.subject_test_rules import Measure
from service.kit.db import DatabaseUnavailable, forbid_writes
from service.kit.errors import NotFound
from service.kit.log import get_logger
from service.measurement.count_visit import Visit, count_visit
from service.measurement.counted_links import find_link
from service.measurement.counting_token import PIXEL, CountingToken, verify_counting_token
from service.web.deps import Admitted, CurrentRuntime
from service.web.link_tokens import clean_token
from service.web.reader.visit_filter import is_a_persons
from service.web.security import IS_HEAD

router = APIRouter()
log = get_logger(__name__)

# One transparent pixel.
_GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@router.get("/l/{text:path}")
def follow_counted_link(
    request: Request, text: str, running: CurrentRuntime, _place: Admitted
) -> Response:
    """Lead to an article, and count the click; a damaged or forged address is not found."""
    token = verify_counting_token(running.keyring, clean_token(text))
    url = None
    if token is not None:
        # It ends before the count begins: a request never holds two connections.
        with running.begin() as session:
            forbid_writes(session)
            url = find_link(session, token)
    if token is None or url is None:
        raise NotFound("This link is damaged or was not made by us.")
    _count(request, running, token, Measure.CLICKS)
    return RedirectResponse(url, status_code=302)


@router.get("/o/{text:path}")
def show_pixel(request: Request, text: str, running: CurrentRuntime, _place: Admitted) -> Response:
    """Return a pixel, and count that the message was opened."""
    token = verify_counting_token(running.keyring, clean_token(text))
    if token is None or token.number != PIXEL:
        raise NotFound("This picture is not one of ours.")
    _count(request, running, token, Measure.OPENS)
    return Response(_GIF, media_type="image/gif")


def _count(request: Request, running: Runtime, token: CountingToken, measure: Measure) -> None:
    if not is_a_persons(request.headers, is_head=bool(request.scope.get(IS_HEAD))):
        return
    visit = Visit(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
    )
    try:
        with running.begin() as session:
            count_visit(
                session,
                token,
                visit,
                measure=measure,
                keyring=running.keyring,
            )
    except DatabaseUnavailable as error:
        log.warning("measurement.visit_lost", edition=token.edition_id, error=type(error).__name__)
    except Exception:  # An edge: the reader wants the article, whatever is wrong with the count.
        log.exception("measurement.visit_lost", edition=token.edition_id)
