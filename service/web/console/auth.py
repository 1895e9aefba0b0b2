"""Who is signed in to the console, and what they may do.

A handler names the permission that it needs in its signature: `ViewPermission`, `EditPermission` …
A request without it is refused before the handler runs.
"""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from service.accounts import sessions
from service.accounts.roles import Permission, is_allowed, roles_with
from service.accounts.sessions import MAX_SESSION_AGE
from service.boot import Runtime
from service.web.console import interrupted_form
from service.web.console.flash import AnyResponse
from service.web.console.page import ConsoleRequest
from service.web.console.redirects import HOME
from service.web.deps import CurrentRuntime, Now, Transaction
from service.web.errors import InsufficientRole

COOKIE = "crieur_session"
DEVICE_COOKIE = "crieur_device"
_DEVICE_SECONDS = 365 * 24 * 3600


def require_operator(
    request: Request, running: CurrentRuntime, session: Transaction, now: Now
) -> ConsoleRequest:
    """Return the signed-in operator's request; redirect everybody else to the sign-in page."""
    secret = request.cookies.get(COOKIE, "")
    me = sessions.find_session(session, secret, now=now) if secret else None
    if me is None:
        raise _sign_in_first(request)
    # For the page of an error, which is written when the session is closed.
    request.state.locale = me.locale
    return ConsoleRequest(request=request, running=running, session=session, now=now, me=me)


def require_permission(what: Permission) -> Callable[[ConsoleRequest], ConsoleRequest]:
    """Return the dependency that refuses operators without a permission."""

    def check(console: Annotated[ConsoleRequest, Depends(require_operator)]) -> ConsoleRequest:
        if not is_allowed(console.me.role, what):
            raise InsufficientRole(roles_with(what), locale=console.me.locale)
        return console

    return check


ViewPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.READ))]
EditPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.EDIT))]
SendPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.SEND))]
ReadersPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.READERS))]
OperatorsPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.OPERATORS))]
KeysPermission = Annotated[ConsoleRequest, Depends(require_permission(Permission.KEYS))]


def set_session_cookie(response: AnyResponse, running: Runtime, secret: str) -> AnyResponse:
    """Set the session cookie."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(MAX_SESSION_AGE.total_seconds()),
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=running.settings.public_url.startswith("https://"),
    )
    return response


def set_device_cookie(response: AnyResponse, running: Runtime, token: str) -> AnyResponse:
    """Remember for a year that this address has signed in with this browser."""
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=_DEVICE_SECONDS,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=running.settings.public_url.startswith("https://"),
    )
    return response


def delete_session_cookie(response: AnyResponse) -> AnyResponse:
    """Delete the session cookie."""
    response.delete_cookie(COOKIE, path=HOME, httponly=True, samesite="lax")
    return response


def _sign_in_first(request: Request) -> Exception:
    address = "/console/sign-in"
    if request.headers.get("hx-request"):
        return HTTPException(401, headers={"HX-Redirect": address})
    if (
        request.method == "POST"
        and interrupted_form.is_resumable(request.url.path)
        and _has_signed_in_before(request)
    ):
        return interrupted_form.SessionExpired()
    if request.method != "GET":
        return HTTPException(303, headers={"location": address})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return HTTPException(303, headers={"location": f"{address}?next={quote(wanted, safe='')}"})


def _has_signed_in_before(request: Request) -> bool:
    """Return whether an operator has signed in with this browser before."""
    return COOKIE in request.cookies or DEVICE_COOKIE in request.cookies
