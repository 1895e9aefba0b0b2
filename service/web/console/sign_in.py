"""Sign in, one-time links, sign out."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import AfterValidator, Field

from service.accounts import audit, known_browser, login, one_time_links, operators, sessions
from service.accounts.login import OpenedSession, SignInAttempt
from service.accounts.one_time_links import NewOperator
from service.accounts.operators import is_plausible_address, normal_address
from service.accounts.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
    has_good_length,
    hash_password,
    is_guessable,
)
from service.audience.network import network_of
from service.kit.db import Session
from service.kit.errors import Forbidden
from service.web import pages
from service.web.console import auth, flash, interrupted_form
from service.web.console.auth import COOKIE, DEVICE_COOKIE
from service.web.console.form_model import ErrorKey, FormModel, Untrimmed, require
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.redirects import HOME, safe_redirect
from service.web.deps import Admitted, CurrentRuntime, Now, Transaction
from service.web.link_tokens import clean_secret

router = APIRouter()


class NewPasswordForm(FormModel):
    """The form behind a link for an operator who has an account."""

    password: Annotated[
        str,
        Untrimmed(),
        AfterValidator(require(has_good_length)),
        ErrorKey("console.link.wrong.password"),
    ]


class NewOperatorForm(NewPasswordForm):
    """The form behind the link for the first operator."""

    name: Annotated[str, Field(min_length=1), ErrorKey("console.link.wrong.name")]
    address: Annotated[
        str, AfterValidator(require(is_plausible_address)), ErrorKey("console.link.wrong.address")
    ]


@router.get("/sign-in")
def show_sign_in_form(request: Request, next: str = HOME) -> Response:  # noqa: A002  The address says so.
    """Show the form."""
    response = pages.render(
        request,
        "console/sign_in.html.j2",
        next=safe_redirect(next),
        address="",
        problem=None,
        kept=None,
        flash=flash.read_flash(request),
    )
    return flash.delete_flash(request, response)


@router.post("/sign-in")
def sign_in(
    request: Request, typed: PostedForm, running: CurrentRuntime, now: Now, _place: Admitted
) -> Response:
    """Open a session, or say that address and password do not fit."""
    address = normal_address(typed.text("address"))
    known = known_browser.verify_browser_token(
        running.keyring, request.cookies.get(DEVICE_COOKIE, ""), address
    )
    attempt = SignInAttempt(
        address=address,
        password=typed.raw("password"),
        network=network_of(request.client.host if request.client else None),
        browser_id=known,
    )
    result = login.sign_in(running.begin, running.redis_store, attempt, now=now)
    if isinstance(result, OpenedSession):
        response = _after_sign_in(request, typed)
        token = known_browser.sign_browser_token(running.keyring, address, known=known)
        auth.set_device_cookie(response, running, token)
        return auth.set_session_cookie(response, running, result.secret)
    return pages.render(
        request,
        "console/sign_in.html.j2",
        status=429 if result is login.SignInRefusal.TOO_OFTEN else 401,
        next=safe_redirect(typed.text("next")),
        address=typed.text("address"),
        problem=f"console.sign_in.{result.value}",
        kept=interrupted_form.parse_interrupted_form(typed),
        flash=None,
    )


def _after_sign_in(request: Request, typed: FormValues) -> Response:
    """Go where the operator wanted to, or first show that a form of theirs is still there."""
    if found := interrupted_form.parse_interrupted_form(typed):
        return pages.render(request, "console/interrupted_form.html.j2", kept=found, flash=None)
    return RedirectResponse(safe_redirect(typed.text("next")), status_code=303)


@router.post("/sign-out")
def sign_out(request: Request, session: Transaction, now: Now) -> Response:
    """Close this browser's session; the browser stays known."""
    operator_id = sessions.close_session(session, request.cookies.get(COOKIE, ""))
    if operator_id is not None:
        audit.record(session, operator_id, "operator.signed_out", {}, now=now)
    return auth.delete_session_cookie(RedirectResponse("/console/sign-in", status_code=303))


@router.get("/link/{secret:path}")
def show_link(request: Request, secret: str, session: Transaction, now: Now) -> Response:
    """Show what a one-time link is for; looking does not use it up."""
    link = one_time_links.find_open_link(session, clean_secret(secret), now=now)
    if link is None:
        return pages.render(request, "console/link_dead.html.j2", status=410, flash=None)
    return _link_page(request, link, FormValues(()), {})


@router.post("/link/{secret:path}")
def use_link(
    request: Request,
    secret: str,
    typed: PostedForm,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
) -> Response:
    """Use the link up: create the first operator or set a password, and sign in.

    The password is hashed between two transactions: it takes long on purpose.
    """
    with running.begin() as session:
        link = one_time_links.find_open_link(session, clean_secret(secret), now=now)
        problems = _problems(session, link, typed) if link is not None else {}
    if link is None:
        return pages.render(request, "console/link_dead.html.j2", status=410, flash=None)
    if problems:
        return _link_page(request, link, typed, problems)
    newcomer = NewOperator(
        name=typed.text("name"), address=typed.text("address"), password=typed.raw("password")
    )
    password_hash = hash_password(newcomer.password)
    try:
        with running.begin() as session:
            operator = one_time_links.redeem_link(
                session, clean_secret(secret), newcomer, password_hash=password_hash, now=now
            )
            if link.address is None:
                operators.set_locale(session, operator.id, pages.preferred_locale(request))
            audit.record(session, operator.id, "operator.link_used", {}, now=now)
            opened = sessions.open_session(session, operator.id, now=now)
    except Forbidden:
        return pages.render(request, "console/link_dead.html.j2", status=410, flash=None)
    response = RedirectResponse(HOME, status_code=303)
    auth.set_device_cookie(
        response, running, known_browser.sign_browser_token(running.keyring, operator.address)
    )
    return auth.set_session_cookie(response, running, opened)


def _problems(session: Session, link: one_time_links.OpenLink, typed: FormValues) -> dict[str, str]:
    """Return the message key of each field that is wrong."""
    model = NewOperatorForm if link.address is None else NewPasswordForm
    _, problems = model.bind(typed)
    address, password = typed.text("address"), typed.raw("password")
    is_new = link.address is None and "address" not in problems
    if is_new and operators.is_address_taken(session, address):
        problems["address"] = "console.link.wrong.taken"
    about = (link.name, link.address or "", typed.text("name"), address)
    if "password" not in problems and is_guessable(password, about=about):
        problems["password"] = "console.link.wrong.common"  # noqa: S105  A key of a message.
    return problems


def _link_page(
    request: Request, link: one_time_links.OpenLink, typed: FormValues, problems: dict[str, str]
) -> Response:
    return pages.render(
        request,
        "console/link.html.j2",
        status=422 if problems else 200,
        link=link,
        typed=typed,
        problems=problems,
        lengths={"least": MIN_LENGTH, "most": MAX_LENGTH},
        flash=None,
    )
