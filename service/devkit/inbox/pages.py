"""The inbox in the browser, and as JSON for scripts and tests.

Starlette suffices here; FastAPI stays `service.web`'s alone. Messages are hostile: their HTML is
shown only in a sandboxed frame under a policy that runs no script, and the pages answer only
to this machine's own names and take no POST from another site.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from service.devkit.inbox import answer
from service.devkit.inbox.mail import InboxMessage, parse_message
from service.devkit.inbox.store import MessageQuery, MessageStore, MessageSummary
from service.kit.errors import CrieurError

HERE = Path(__file__).parent
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
PER_PAGE = 50
LOCAL_NAMES = ["127.0.0.1", "localhost", "*.localhost", "[::1]"]
VIEWS = (
    ("desktop", "Desktop"),
    ("phone", "Phone"),
    ("dark", "Dark"),
    ("text", "Text"),
    ("links", "Links"),
    ("headers", "Headers"),
    ("source", "Source"),
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

_MAX_DIGITS = 9


class InboxPages:
    """The handlers, around one store."""

    def __init__(self, store: MessageStore, *, inbound: tuple[str, int] | None) -> None:
        self._store = store
        self._inbound = inbound
        self._notes: dict[int, tuple[str, bool]] = {}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def show_list(self, request: Request) -> Response:
        """The messages, newest first."""
        words = request.query_params.get("q", "")
        page = _number(request, "page", 1)
        skip = (page - 1) * PER_PAGE
        mails, total = self._store.find(MessageQuery(words=words), limit=PER_PAGE, skip=skip)
        pages = max(1, -(-total // PER_PAGE))
        facts = {"mails": mails, "total": total, "last": self._store.last}
        return self._page("list.html.j2", q=words, page=page, pages=pages, **facts)

    async def show_mail(self, request: Request) -> Response:
        """One mail in one view."""
        received, raw = self._wanted(request)
        mail = parse_message(raw)
        view = request.query_params.get("view", "desktop" if mail.html else "text")
        note, note_bad = self._notes.get(received.id, ("", False))
        return self._page(
            "mail.html.j2",
            q="",
            received=received,
            mail=mail,
            view=view,
            views=VIEWS,
            source=raw.decode(errors="replace"),
            note=note,
            note_bad=note_bad,
            can_bounce=self._inbound is not None,
            newer=self._neighbour(received.id, 1),
            older=self._neighbour(received.id, -1),
        )

    async def show_html(self, request: Request) -> Response:
        """The mail's HTML, for the sandboxed frame; its links open in a new tab."""
        _, raw = self._wanted(request)
        html = parse_message(raw).html
        if light := request.query_params.get("light"):
            # A view shows what its tab says, whatever this browser prefers.
            html = _DARK.sub("@media all" if light == "dark" else "@media not all", html)
        base = '<base target="_blank">'
        html = html.replace("<head>", f"<head>{base}", 1) if "<head>" in html else base + html
        return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})

    async def show_raw(self, request: Request) -> Response:
        """The mail as it came."""
        _, raw = self._wanted(request)
        return Response(raw, media_type="message/rfc822")

    async def unsubscribe(self, request: Request) -> Response:
        """Do what a mail program's own "unsubscribe" button does."""
        received, raw = self._wanted(request)

        def click() -> str:
            status = answer.click_unsubscribe(parse_message(raw).one_click)
            return f"The one-click POST was answered with {status}."

        return await self._act(received, click)

    async def bounce(self, request: Request) -> Response:
        """Answer as the reader's server would if it could not deliver."""
        received, raw = self._wanted(request)
        form = await request.form()
        if self._inbound is None or form.get("why") not in set(answer.SampleBounce):
            raise HTTPException(400, "There is no such bounce here.")
        why, inbound = answer.SampleBounce(str(form["why"])), self._inbound

        def send() -> str:
            answer.send_bounce(received, raw, why=why, inbound=inbound)
            return f"The report went to {received.sender}."

        return await self._act(received, send)

    async def list_json(self, request: Request) -> Response:
        """`to`, `subject`, `since` (ISO instant), `after` (a mail's number), `limit`."""
        asked = request.query_params
        try:
            since = datetime.fromisoformat(asked["since"]) if "since" in asked else None
        except ValueError as error:
            raise HTTPException(400, "since must be like 2023-02-08T06:00:00+00:00") from error
        if since is not None and since.tzinfo is None:
            raise HTTPException(400, "since must have a time zone, such as +00:00")
        query = MessageQuery(
            to=asked.get("to", ""),
            subject=asked.get("subject", ""),
            words=asked.get("q", ""),
            since=since,
            after=_number(request, "after", 0),
        )
        mails, total = self._store.find(query, limit=_number(request, "limit", 100))
        messages = [_summary(mail) for mail in mails]
        return JSONResponse({"total": total, "messages": messages})

    async def mail_json(self, request: Request) -> Response:
        """One mail: headers, text, HTML, links, envelope."""
        received, raw = self._wanted(request)
        return JSONResponse(_summary(received) | _details(parse_message(raw)))

    async def last_json(self, _request: Request) -> Response:
        """The number of the newest mail."""
        return JSONResponse({"last": self._store.last})

    def _wanted(self, request: Request) -> tuple[MessageSummary, bytes]:
        found = self._store.get(int(request.path_params["id"]))
        if found is None:
            raise HTTPException(404, "There is no such mail here.")
        return found

    def _neighbour(self, number: int, step: int) -> int | None:
        found = self._store.get(number + step)
        return found[0].id if found else None

    def _page(self, template: str, **facts: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(facts))

    async def _act(self, received: MessageSummary, act: Callable[[], str]) -> Response:
        try:
            self._notes[received.id] = (await run_in_threadpool(act), False)
        except CrieurError as error:
            self._notes[received.id] = (str(error), True)
        return RedirectResponse(f"/mails/{received.id}", status_code=303)


def make_app(store: MessageStore, *, inbound: tuple[str, int] | None = None) -> Starlette:
    """Wire the pages. `inbound` is where Crieur takes bounces, if it is known."""
    inbox = InboxPages(store, inbound=inbound)
    return Starlette(
        routes=[
            Route("/", inbox.show_list),
            Route("/mails/{id:int}", inbox.show_mail),
            Route("/mails/{id:int}/html", inbox.show_html),
            Route("/mails/{id:int}/raw", inbox.show_raw),
            Route("/mails/{id:int}/unsubscribe", inbox.unsubscribe, methods=["POST"]),
            Route("/mails/{id:int}/bounce", inbox.bounce, methods=["POST"]),
            Route("/api/last", inbox.last_json),
            Route("/api/messages", inbox.list_json),
            Route("/api/messages/{id:int}", inbox.mail_json),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=LOCAL_NAMES, www_redirect=False),
            Middleware(BaseHTTPMiddleware, dispatch=_guard),
        ],
    )


async def _guard(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method == "POST" and site not in {"same-origin", "none"}:
        return Response("Only these pages may do that.", status_code=403)
    response = await proceed(request)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _number(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name, "")
    return (
        max(default and 1, int(given))
        if given.isdecimal() and len(given) <= _MAX_DIGITS
        else default
    )


def _summary(mail: MessageSummary) -> dict[str, Any]:
    return {
        "id": mail.id,
        "received_at": mail.at.isoformat(),
        "envelope": {"from": mail.sender, "to": list(mail.recipients)},
        "from": mail.from_,
        "subject": mail.subject,
        "size": mail.size,
    }


def _details(mail: InboxMessage) -> dict[str, Any]:
    return {
        "headers": [list(pair) for pair in mail.headers],
        "text": mail.text,
        "html": mail.html,
        "links": [{"href": link.href, "text": link.text} for link in mail.links],
        "preheader": mail.preheader,
        "one_click": mail.one_click,
    }
