"""The page behind the notice of a publisher's move: GET shows, POST brings back what was.

The link is the reader's own, as that of the preference page.
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.audience.consent import ConsentSource
from service.audience.lifecycle import SubscriptionState
from service.delivery.enrolment import choose_frequency
from service.kit.errors import NotFound
from service.newsletters.frequency import Frequency
from service.rendering.frequency_wording import frequency_choices
from service.web import pages
from service.web.deps import Now, Transaction
from service.web.reader.personal_link import CurrentVisitor, Visitor
from service.web.reader.signup_form import keep_words, origin_of

router = APIRouter()


@router.get("/keep/{frequency}/{token:path}")
def show_keep_frequency(request: Request, frequency: str, visitor: CurrentVisitor) -> Response:
    """Ask, or say that this is what the reader gets."""
    return _page(request, visitor, _known(frequency))


@router.post("/keep/{frequency}/{token:path}")
def keep_frequency(
    request: Request, frequency: str, visitor: CurrentVisitor, session: Transaction, now: Now
) -> Response:
    """Give the reader the frequency that they had, while it is offered and they are subscribed."""
    wanted = _known(frequency)
    choices = frequency_choices(visitor.newsletter)
    if visitor.subscription.state is not SubscriptionState.ACTIVE or wanted not in choices:
        return _page(request, visitor, wanted)
    t = pages.translator_for(visitor.newsletter.locale)
    words = keep_words(visitor.newsletter, t, choices[wanted])
    origin = origin_of(request, ConsentSource.PREFERENCES, words)
    choose_frequency.choose_frequency(session, visitor.reader, wanted, now=now, origin=origin)
    return _page(request, visitor, wanted, is_done=True)


def _known(text: str) -> Frequency:
    try:
        return Frequency(text)
    except ValueError:
        raise NotFound("This link is damaged or was not made by us.") from None


def _page(
    request: Request, visitor: Visitor, wanted: Frequency, *, is_done: bool = False
) -> Response:
    is_theirs = is_done or visitor.subscription.frequency is wanted
    return pages.render(
        request,
        "reader/keep_frequency.html.j2",
        locale=visitor.newsletter.locale,
        newsletter=visitor.newsletter,
        token=visitor.token,
        state=visitor.subscription.state,
        is_theirs=is_theirs,
        is_done=is_done,
        frequency=frequency_choices(visitor.newsletter).get(wanted, ""),
    )
