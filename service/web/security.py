"""What stands in front of every request: headers and request forgery.

The pages run no inline script and no inline style, so the policy allows none. Cookies open the
console only: there, a form posted from another site is refused. Readers' pages know no cookie,
their links carry a token, and mail providers must be able to post to them from anywhere.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.deps import SAFE_METHODS
from service.web.errors import error_response

IS_HEAD = "crieur.is_head"
"""Key of a request's scope: it was a HEAD, which handlers see as a GET."""
COOKIE_PATHS = ("/console",)

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: https:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


# A console without TLS runs on the machine of a person who tries Crieur, and so does the site
# with the pictures.
_PLAIN: Mapping[str, str] = {"img-src": f"{POLICY['img-src']} http:"}


def content_security_policy(changes: Mapping[str, str] | None = None) -> str:
    """Return the Content-Security-Policy with some directives changed for one page."""
    return "; ".join(f"{name} {value}" for name, value in {**POLICY, **(changes or {})}.items())


class SecurityHeadersMiddleware:
    """Adds the headers that protect a page, unless the page has set its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": content_security_policy(None if https else _PLAIN),
            "x-content-type-options": "nosniff",
            # Addresses of readers' pages carry tokens; they are sent to no other site. (With
            # "no-referrer" browsers would post with "Origin: null".)
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cache-control": "no-store",
        }
        if https:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete if scope["type"] == "http" else send)


class CsrfMiddleware:
    """Refuses to act on a console form that another site has sent.

    Browsers tell where a request comes from: Sec-Fetch-Site, and Origin in older ones. A request
    with neither does not come from a browser, so it carries no cookie by accident.
    """

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self._app = app
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] == "http" and self._is_forged(scope):
            await error_response(Request(scope), 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_forged(self, scope: Scope) -> bool:
        if scope["method"] in SAFE_METHODS or not scope["path"].startswith(COOKIE_PATHS):
            return False
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return False
        return origin != self._origin and _host_of(origin) != headers.get("host")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


class HeadRequestMiddleware:
    """Answers HEAD as GET without the body, for every page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the page and send its head only."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", IS_HEAD: True}, receive, bodiless)
