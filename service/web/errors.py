"""Error responses: a page for people, a problem document (RFC 9457) for programs."""

import time
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.kit.db import DatabaseUnavailable, UnstorableValue
from service.kit.errors import CrieurError
from service.kit.languages import language_of
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, json_fields, translatable, translate
from service.web import pages
from service.web.api.validation_message import validation_message
from service.web.deps import SAFE_METHODS

log = get_logger(__name__)

API_PATHS = ("/api/", "/hooks/")
# Operators read the message of an error; readers get their page's own words.
OPERATOR_PATHS = ("/console",)
LINK_PATHS = ("/confirm/", "/preferences/", "/unsubscribe/")
# A 404 is logged only where it means a forged token or a program's mistake.
LOGGED_404_PATHS = (*API_PATHS, *LINK_PATHS)
# Statuses with a page text of their own; others share one.
WORDED_STATUSES = frozenset({400, 403, 404, 405, 408, 413, 422, 429, 500, 503})


class InsufficientRole(HTTPException):
    """The operator's role does not allow it; the page says which roles do."""

    def __init__(self, roles: Sequence[str], *, locale: str) -> None:
        super().__init__(403)
        self.roles = roles
        self.locale = locale


def register_error_handlers(app: FastAPI) -> None:
    """Register the application's error handlers."""
    app.add_exception_handler(CrieurError, _refusal)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(InsufficientRole, _role_missing)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(UnstorableValue, _not_storable)
    for away in DatabaseUnavailable:
        app.add_exception_handler(away, _away)


def error_response(
    request: Request,
    status: int,
    message: TranslatableMessage | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response with a status and a message, in the form that the client accepts."""
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"retry-after": "10", **(headers or {})}
    key = f"problem.{_kind(request, status)}"
    if wants_json(request):
        return _document(status, key, message, headers)
    locale = getattr(request.state, "locale", None) or pages.preferred_locale(request)
    t = pages.translator_for(locale)
    is_operator = request.url.path.startswith(OPERATOR_PATHS)
    is_shown = is_operator and status != HTTPStatus.NOT_FOUND
    return pages.render(
        request,
        "problem.html.j2",
        status=status,
        locale=locale,
        headers=headers,
        title=t(f"{key}.title"),
        text=t(f"{key}.text"),
        # "Not found" is said already; the room's message would only point to the command line.
        sentence=translate(message, locale) if message and is_shown else None,
        sentence_language=(message and message.language) or language_of(locale),
        is_operator=is_operator,
        request_id=getattr(request.state, "request_id", "")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR
        else "",
    )


def _document(
    status: int, key: str, message: TranslatableMessage | None, headers: Mapping[str, str] | None
) -> Response:
    """Return a problem document in English; a message with a key adds its key and parameters."""
    t = pages.translator_for("en")
    document: dict[str, object] = {
        "title": t(f"{key}.title"),
        "status": status,
        "detail": t(f"{key}.text"),
    }
    if message is not None:
        document |= {"detail": str(message)} if message.language else json_fields("detail", message)
    return JSONResponse(
        document,
        status,
        headers={**(headers or {}), "content-language": "en"},
        media_type="application/problem+json",
    )


def _kind(request: Request, status: int) -> str:
    """Return the wording's key; a personal link that is not found was copied incompletely."""
    if status == HTTPStatus.NOT_FOUND and request.url.path.startswith(LINK_PATHS):
        return "link"
    return str(status) if status in WORDED_STATUSES else "other"


def wants_json(request: Request) -> bool:
    """Return whether the client is a program, by the path and the Accept header."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith(API_PATHS) or (
        "application/json" in accept and "text/html" not in accept
    )


def _refusal(request: Request, error: Exception) -> Response:
    refused = cast("CrieurError", error)
    return error_response(request, refused.status, refused.message)


def _http(request: Request, error: Exception) -> Response:
    http_error = cast("HTTPException", error)
    return error_response(request, http_error.status_code, headers=http_error.headers)


def _role_missing(request: Request, error: Exception) -> Response:
    error = cast("InsufficientRole", error)
    t = pages.translator_for(error.locale)
    joiner = f" {t('problem.role.or')} "
    roles = joiner.join(t(f"console.role.{role}") for role in error.roles)
    return pages.render(
        request,
        "problem.html.j2",
        status=403,
        locale=error.locale,
        title=t("problem.role.title"),
        text=t("problem.role.text", roles=roles),
        sentence=None,
        sentence_language=None,
        is_operator=True,
        request_id="",
    )


def _malformed(request: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    if not wants_json(request):
        # What the check says is English and names our fields: it is for programs.
        return error_response(request, 404 if first["loc"][0] == "path" else 422)
    return error_response(request, 422, validation_message(first))


def _away(request: Request, error: Exception) -> Response:
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
    log.error("web.database_failed", error=type(error).__name__, reason=reason)
    return error_response(request, 503)


def _not_storable(request: Request, error: Exception) -> Response:
    """Answer as for an unknown address, or for a malformed form or body."""
    del error
    if request.method in SAFE_METHODS:
        return error_response(request, 404)
    is_api = request.url.path.startswith(API_PATHS)
    return error_response(request, 422, translatable("request.unstorable") if is_api else None)


def _note_refusal(scope: Scope, status: int) -> None:
    """Log a refused request with the first part of its path only: the rest may be a token."""
    path: str = scope["path"]
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    is_stranger = status == HTTPStatus.NOT_FOUND and not path.startswith(LOGGED_404_PATHS)
    if not is_client_error or is_stranger:
        return
    area = path.split("/")[1][:20]
    log.info("web.refused", status=status, method=scope["method"], area=area)


class RequestContextMiddleware:
    """Gives each request an id, counts it, and answers unexpected errors.

    An unexpected error is logged once with its stack. The page shows the request's id, so that a
    reader's report to the publisher leads to that log event.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application; an exception becomes an error page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
                metrics.WEB_REQUESTS.inc(method=scope["method"], status=str(message["status"]))
                metrics.WEB_REQUEST_SECONDS.observe(time.perf_counter() - began)
                _note_refusal(scope, message["status"])
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, watch)
            except Exception as error:
                # The edge: logged here once, shown as a page.
                log.exception("web.failed", error=type(error).__name__)
                if not has_begun:
                    await error_response(Request(scope), 500)(scope, receive, watch)
