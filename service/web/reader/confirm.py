"""The page behind the confirmation message's link: GET shows, POST confirms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from service.audience import confirm, confirm_token, preferences, reader_token
from service.audience.confirm import ConfirmationStatus
from service.audience.confirm_token import ConfirmToken
from service.audience.consent import ConsentSource
from service.audience.pending_notice import PendingNotice
from service.audience.preferences import ReaderChoice
from service.audience.reader_token import ReaderToken
from service.delivery.notices.send_notice import queue_pending_notice
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.tokens import Keyring
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.rendering.frequency_wording import describe_next_edition, frequency_choices
from service.web import pages
from service.web.deps import Admitted, CurrentRuntime, Now, Transaction
from service.web.link_tokens import clean_token
from service.web.reader.signup_form import confirm_words, origin_of
from service.web.reader.signup_limits import credit_confirmation

router = APIRouter()

GONE = frozenset(
    {ConfirmationStatus.EXPIRED, ConfirmationStatus.REPLACED, ConfirmationStatus.ENDED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyChoice:
    """What the page says of the reader's choice: how often, when next, and whether alerts, too."""

    # Empty where readers have no choice.
    frequency: str = ""
    # Empty without a schedule.
    next_edition: str = ""
    # Whether alerts were chosen, and are still offered.
    wants_alerts: bool = False


NOTHING = FrequencyChoice()


@router.get("/confirm/{token:path}")
def show_confirmation(
    request: Request, token: str, session: Transaction, running: CurrentRuntime, now: Now
) -> Response:
    """Show what the link would do."""
    read = _read(running.keyring, token)
    newsletter = catalogue.get_by_id(session, read.newsletter_id)
    answer = confirm.confirmation_status(session, read, now=now)
    chosen = _chosen(session, read)
    return _page(request, newsletter, answer, said=_said(session, newsletter, chosen, now=now))


@router.post("/confirm/{token:path}")
def confirm_signup(
    request: Request,
    token: str,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
    again: Annotated[str, Form()] = "",
) -> Response:
    """Confirm, or send a new link for one that has expired."""
    read = _read(running.keyring, token)
    with running.begin() as session:
        newsletter = catalogue.get_by_id(session, read.newsletter_id)
        t = pages.translator_for(newsletter.locale)
        chosen = _chosen(session, read)
        words = (
            confirm_words(newsletter, t, ConfirmationStatus.EXPIRED)
            if again
            else confirm_words(
                newsletter,
                t,
                ConfirmationStatus.READY,
                says_alerts=_has_alerts(newsletter, chosen),
            )
        )
        origin = origin_of(request, ConsentSource.CONFIRMATION, words)
        due: PendingNotice | None
        answer: ConfirmationStatus | None = None
        if again:
            due = confirm.resend_confirmation(
                session,
                read,
                now=now,
                valid_for=running.settings.confirm_valid_for,
                origin=origin,
            )
        else:
            answer, due = confirm.confirm(
                session, read, now=now, origin=origin, keyring=running.keyring
            )
        queue_pending_notice(session, due, now=now)
    if answer is None:
        return pages.render(
            request,
            "reader/confirm.html.j2",
            locale=newsletter.locale,
            newsletter=newsletter,
            answer="sent",
            token="",
            said=NOTHING,
        )
    # Redis is asked when the transaction has ended.
    if answer is ConfirmationStatus.CONFIRMED:
        credit_confirmation(request, running, subscriber_id=read.subscriber_id, now=now)
    # Only the answer that made the reader active opens the personal page: a link that was
    # forwarded and pressed again later does not.
    personal = _personal(running.keyring, read) if answer is ConfirmationStatus.CONFIRMED else ""
    said = _said(session, newsletter, chosen, now=now)
    return _page(request, newsletter, answer, said=said, token=personal)


def _page(
    request: Request,
    newsletter: NewsletterDetails,
    answer: ConfirmationStatus,
    *,
    said: FrequencyChoice,
    token: str = "",
) -> Response:
    if answer is ConfirmationStatus.UNKNOWN:
        raise NotFound("This link belongs to no sign-up that we know.")
    return pages.render(
        request,
        "reader/confirm.html.j2",
        status=410 if answer in GONE else 200,
        locale=newsletter.locale,
        newsletter=newsletter,
        answer=answer.value,
        token=token,
        said=said,
    )


def _chosen(session: Session, read: ConfirmToken) -> ReaderChoice | None:
    return preferences.find_choice(
        session, newsletter_id=read.newsletter_id, subscriber_id=read.subscriber_id
    )


def _said(
    session: Session, newsletter: NewsletterDetails, chosen: ReaderChoice | None, *, now: datetime
) -> FrequencyChoice:
    if chosen is None:
        return NOTHING
    return FrequencyChoice(
        frequency=frequency_choices(newsletter).get(chosen.frequency, ""),
        next_edition=describe_next_edition(
            newsletter,
            chosen.frequency,
            after=now,
            but=closed_dates.holidays_of(session, newsletter.id),
        ),
        wants_alerts=_has_alerts(newsletter, chosen),
    )


def _has_alerts(newsletter: NewsletterDetails, chosen: ReaderChoice | None) -> bool:
    return newsletter.offers_alerts and chosen is not None and chosen.wants_alerts


def _read(keyring: Keyring, token: str) -> ConfirmToken:
    read = confirm_token.verify_confirm_token(keyring, clean_token(token))
    if read is None:
        raise NotFound("This link is damaged or was not made by us.")
    return read


def _personal(keyring: Keyring, read: ConfirmToken) -> str:
    return reader_token.sign_reader_token(
        keyring,
        ReaderToken(
            newsletter_id=read.newsletter_id, edition_id=0, subscriber_id=read.subscriber_id
        ),
    )
