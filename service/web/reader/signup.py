"""One newsletter's sign-up form, on a page of its own and embedded in the publisher's."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.audience import consent
from service.audience.address import EmailAddress
from service.audience.consent import ConsentOrigin, ConsentSource, ConsentText
from service.audience.domain_typos import suggest_domain
from service.audience.signup import SignupRequest
from service.delivery.enrolment import choose_frequency
from service.delivery.notices.send_notice import queue_pending_notice
from service.kit.db import Session
from service.kit.errors import TooMany
from service.kit.log import get_logger
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.rendering.frequency_wording import frequency_choices
from service.web import pages
from service.web.deps import Admitted, CurrentRuntime, Now, Transaction
from service.web.proof_of_work import make_challenge
from service.web.reader.constant_time import ConstantTime
from service.web.reader.signup_form import (
    SignupFields,
    SignupForm,
    check_signup,
    origin_of,
    read_alerts,
    signup_words,
)
from service.web.reader.signup_limits import SignupDecision, check_signup_limit
from service.web.security import content_security_policy

router = APIRouter()
log = get_logger(__name__)

FRAMEABLE = {"content-security-policy": content_security_policy({"frame-ancestors": "*"})}


@router.get("/n/{slug}")
def show_signup(request: Request, slug: str, session: Transaction) -> Response:
    """Show the empty form."""
    return _form(request, catalogue.get(session, slug), SignupForm())


@router.get("/n/{slug}/embed")
def show_embedded(request: Request, slug: str, session: Transaction) -> Response:
    """Show the form without the page around it; any site may frame it."""
    return _form(request, catalogue.get(session, slug), SignupForm(is_embedded=True))


@router.post("/n/{slug}")
def sign_up(
    _evenly: ConstantTime,
    request: Request,
    slug: str,
    form: SignupFields,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
) -> Response:
    """Take a sign-up; the answer says nothing about whether the address is known.

    What Redis counts is asked between two transactions.
    """
    with running.begin() as session:
        newsletter = catalogue.get(session, slug)
    t = pages.translator_for(newsletter.locale)
    checked = check_signup(form, newsletter, t)
    if checked.errors or checked.address is None:
        return _form(request, newsletter, form, errors=checked.errors, status=422)
    suggestion = None if form.is_sure else _suggest_address(checked.address)
    if suggestion is not None:
        return _form(request, newsletter, form, suggestion=suggestion)
    if form.honeypot:
        log.info("signup.ignored", newsletter=newsletter.id, reason="honeypot")
    else:
        answer = check_signup_limit(request, running, solution=form.altcha, now=now)
        if answer is SignupDecision.TOO_MANY:
            raise TooMany("Too many sign-ups came from your network; try again in an hour.")
        if answer is SignupDecision.PROOF_NEEDED:
            challenge = make_challenge(running.keyring, now=now)
            return _form(request, newsletter, form, proof=challenge, status=429)
        with running.begin() as session:
            application = SignupRequest(
                newsletter_id=newsletter.id,
                address=checked.address,
                section_mask=checked.section_mask,
                frequency=checked.frequency,
                wants_alerts=checked.wants_alerts,
                origin=_origin(request, session, form, signup_words(newsletter, t)),
            )
            due = choose_frequency.sign_up(
                session,
                application,
                now=now,
                keyring=running.keyring,
                valid_for=running.settings.confirm_valid_for,
            )
            queue_pending_notice(session, due, now=now)
    return _sent_page(request, newsletter, checked.address, form)


def _sent_page(
    request: Request, newsletter: NewsletterDetails, address: EmailAddress, form: SignupForm
) -> Response:
    return pages.render(
        request,
        "reader/sent.html.j2",
        locale=newsletter.locale,
        headers=FRAMEABLE if form.is_embedded else None,
        layout=_layout(form),
        newsletter=newsletter,
        address=address.text,
    )


def _form(
    request: Request,
    newsletter: NewsletterDetails,
    form: SignupForm,
    *,
    errors: Mapping[str, str] | None = None,
    suggestion: str | None = None,
    proof: str | None = None,
    status: int = 200,
) -> Response:
    return pages.render(
        request,
        "reader/signup.html.j2",
        status=status,
        locale=newsletter.locale,
        headers=FRAMEABLE if form.is_embedded else None,
        layout=_layout(form),
        newsletter=newsletter,
        words=signup_words(newsletter, pages.translator_for(newsletter.locale)),
        form=form,
        frequencies=frequency_choices(newsletter),
        frequency=form.frequency or newsletter.default_frequency,
        wants_alerts=read_alerts(form.alerts),
        errors=errors or {},
        suggestion=suggestion,
        proof=proof,
    )


def _origin(
    request: Request, session: Session, form: SignupForm, words: ConsentText
) -> ConsentOrigin:
    """Return what can be proved: only words that this reader's form has shown.

    A page that stood open while the newsletter got another name has shown the words of before. A
    form in the publisher's own HTML shows what the publisher wrote, which is not known here.
    """
    if form.words == words.key:
        shown: ConsentText | None = words
    else:
        shown = consent.find_consent_text(session, form.words)
    source = ConsentSource.EMBEDDED if form.is_embedded else ConsentSource.FORM
    return origin_of(request, source if shown else ConsentSource.OWN_FORM, shown)


def _layout(form: SignupForm) -> str:
    return "base_embed.html.j2" if form.is_embedded else "base_reader.html.j2"


def _suggest_address(address: EmailAddress) -> str | None:
    """Return the address with the domain that was probably meant."""
    domain = suggest_domain(address.domain)
    return f"{address.text.rpartition('@')[0]}@{domain}" if domain else None
