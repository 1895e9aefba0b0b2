"""The operator's own page: language, password, other browsers."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from service.accounts import operators, password_change, sessions
from service.accounts.password_change import PasswordRefusal
from service.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from service.kit.languages import CONSOLE_LANGUAGES
from service.web import pages
from service.web.console.auth import COOKIE, ViewPermission, require_operator
from service.web.console.flash import set_flash
from service.web.console.form_values import PostedForm
from service.web.console.page import ConsoleRequest
from service.web.console.redirects import safe_redirect
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter()
HERE = "/console/account"


@router.get("/account")
def show_account(console: ViewPermission) -> Response:
    """Show the page."""
    return _page(console)


@router.post("/account/language")
def choose_language(console: ViewPermission, typed: PostedForm) -> Response:
    """Speak another language from the next page on."""
    locale = typed.text("locale")
    if locale not in CONSOLE_LANGUAGES:
        return _page(console, problem="console.account.wrong.language")
    operators.set_locale(console.session, console.me.operator_id, locale)
    console.record("operator.language_chosen", locale=locale)
    response = RedirectResponse(safe_redirect(typed.text("next", HERE)), status_code=303)
    return set_flash(response, pages.translator_for(locale)("console.account.language_chosen"))


@router.post("/account/password")
def change_password(
    request: Request, typed: PostedForm, running: CurrentRuntime, now: Now, _place: Admitted
) -> Response:
    """Set a new password and sign every other browser out.

    Limits and hashes come between two transactions.
    """
    with running.begin() as session:
        me = require_operator(request, running, session, now).me
    old, new = typed.raw("old"), typed.raw("new")
    change = password_change.prepare_change(
        running.begin, running.redis_store, me, old=old, new=new
    )
    with running.begin() as session:
        console = require_operator(request, running, session, now)
        if isinstance(change, PasswordRefusal):
            return _page(console, problem=f"console.account.wrong.{change}")
        if not password_change.apply_change(session, change):
            return _page(console, problem="console.account.wrong.old")
        _leave_others(console, request)
        console.record("operator.password_changed")
        return console.redirect(HERE, "console.account.password_changed")


@router.post("/account/sign-out-elsewhere")
def sign_out_elsewhere(console: ViewPermission) -> Response:
    """Close every other session of this operator."""
    count = _leave_others(console, console.request)
    console.record("operator.signed_out_elsewhere", sessions=count)
    return console.redirect(HERE, "console.account.signed_out_elsewhere")


def _leave_others(console: ConsoleRequest, request: Request) -> int:
    return sessions.close_all_sessions(
        console.session, console.me.operator_id, but=request.cookies.get(COOKIE)
    )


def _page(console: ConsoleRequest, problem: str | None = None) -> Response:
    return console.page(
        "account",
        status=422 if problem else 200,
        problem=problem,
        lengths={"least": MIN_LENGTH, "most": MAX_LENGTH},
    )
