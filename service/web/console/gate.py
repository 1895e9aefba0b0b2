"""Who is at the console, what they may do, and how a page answers them.

A handler names what it needs in its signature: `Reading`, `Editing`, `Sending` … Whoever may not
is refused before the handler runs.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from service.accounts import audit, operators, sessions
from service.accounts.roles import Permission, is_allowed, roles_with
from service.accounts.sessions import MAX_SESSION_AGE, SignedInOperator
from service.boot import Runtime
from service.delivery.guard import sending_guard
from service.kit.db import Session
from service.kit.translations import Translator
from service.reports.dashboard import LEDGER_ORDER
from service.web import pages
from service.web.console import bars, kept, moments, translate
from service.web.console.inside import HOME
from service.web.console.typed import Typed
from service.web.deps import Now, Running, Transaction
from service.web.problems import RoleMissing

COOKIE = "crieur_session"
_FLASH = "crieur_flash"
DEVICE_COOKIE = "crieur_device"
_KNOWN_FOR = 365 * 24 * 3600

Tone = Literal["good", "bad"]
AnyResponse = TypeVar("AnyResponse", bound=Response)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A signed-in operator's request, with its transaction."""

    request: Request
    running: Runtime
    session: Session
    now: datetime
    me: SignedInOperator

    @property
    def t(self) -> Translator:
        """Speak the operator's language."""
        return pages.speaker(self.me.locale)

    def many(self, key: str, count: float, **values: object) -> str:
        """Speak of `count` things: the key's `_one` form where the language has the singular."""
        say = moments.Teller(self.me.locale, self.now)
        is_one = say.is_one(count)
        return self.t(f"{key}_one" if is_one else key, count=say.tell(count), **values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a page of the console.

        A page that answers a form says itself what became of it: the sentence that another tab has
        left waits for the page that it is meant for.
        """
        is_answer = self.request.method == "POST"
        response = self.fragment(
            template,
            status=status,
            flash=None if is_answer else read_flash(self.request),
            away=self._away(),
            **values,
        )
        return response if is_answer else forget_flash(self.request, response)

    def fragment(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a part of a page, which leaves the flash sentence for the next page."""
        return pages.render(
            self.request,
            f"console/{template}.html.j2",
            status=status,
            locale=self.me.locale,
            me=self.me,
            can=lambda what: is_allowed(self.me.role, Permission(what)),
            now=self.now,
            say=moments.Teller(self.me.locale, self.now),
            segments=bars.segments,
            length=bars.length,
            columns=bars.columns,
            ledger_order=LEDGER_ORDER,
            reason=lambda key: _reason(self.t, key, self.me.locale),
            evidence=lambda sentence: _evidence(self.t, sentence, self.me.locale),
            fact_text=lambda key, value: _fact(self.t, key, value),
            source=lambda key: _worded(self.t, "console.source", key),
            tell=lambda sentence: translate.tell(sentence, self.me.locale),
            many=self.many,
            most_today=self._most_today,
            me_zone=self.running.settings.publication_time_zone,
            headers=None,
            **values,
        )

    def _most_today(self, sender_address: str) -> int | None:
        """Return how many mails each receiver gets today from a new sender, None for any number."""
        domain = sender_address.rpartition("@")[2].lower()
        return self.running.pacer.limit_of_day(domain, self.now.date())

    def _away(self) -> str | None:
        """Return where the database is when no mail may leave it."""
        return (
            None
            if sending_guard.is_sending_allowed(self.session)
            else sending_guard.sending_status(self.session).value
        )

    def back_to(self, address: str, key: str, *, tone: Tone = "good", **values: object) -> Response:
        """Redirect after a POST, and say what happened on the next page."""
        response = RedirectResponse(address, status_code=303)
        return set_flash(response, self.t(key, **values), tone=tone)

    def speaking(self, typed: Typed) -> "Console":
        """Speak another language from here on, when a form was sent by its switch.

        So that what was typed is shown again in that language, without JavaScript, too.
        """
        locale = typed.text("speak")
        if locale not in pages.LANGUAGES:
            return self
        operators.set_locale(self.session, self.me.operator_id, locale)
        self.record("operator.language_chosen", locale=locale)
        return replace(self, me=replace(self.me, locale=locale))

    def record(self, event: str, **facts: object) -> None:
        """Write into the audit trail what this operator did."""
        audit.record(self.session, self.me.operator_id, event, facts, now=self.now)


def signed_in(request: Request, running: Running, session: Transaction, now: Now) -> Console:
    """Find who is behind the cookie; send everybody else to the sign-in page."""
    secret = request.cookies.get(COOKIE, "")
    me = sessions.find_session(session, secret, now=now) if secret else None
    if me is None:
        raise _sign_in_first(request)
    return Console(request=request, running=running, session=session, now=now, me=me)


def allowed(what: Permission) -> Callable[[Console], Console]:
    """Return the dependency that lets only those pass who may do `what`."""

    def check(console: Annotated[Console, Depends(signed_in)]) -> Console:
        if not is_allowed(console.me.role, what):
            raise RoleMissing(roles_with(what), locale=console.me.locale)
        return console

    return check


Reading = Annotated[Console, Depends(allowed(Permission.READ))]
Editing = Annotated[Console, Depends(allowed(Permission.EDIT))]
Sending = Annotated[Console, Depends(allowed(Permission.SEND))]
Caring = Annotated[Console, Depends(allowed(Permission.READERS))]
Appointing = Annotated[Console, Depends(allowed(Permission.OPERATORS))]
Keyholding = Annotated[Console, Depends(allowed(Permission.KEYS))]


def remember(response: AnyResponse, running: Runtime, secret: str) -> AnyResponse:
    """Give the browser its session cookie."""
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


def remember_device(response: AnyResponse, running: Runtime, token: str) -> AnyResponse:
    """Let the browser be known for the address that has signed in, for a year."""
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=_KNOWN_FOR,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=running.settings.public_url.startswith("https://"),
    )
    return response


def forget(response: AnyResponse) -> AnyResponse:
    """Take the session cookie back."""
    response.delete_cookie(COOKIE, path=HOME, httponly=True, samesite="lax")
    return response


def set_flash(response: AnyResponse, sentence: str, *, tone: Tone = "good") -> AnyResponse:
    """Leave a sentence for the next page."""
    packed = base64.urlsafe_b64encode(json.dumps([tone, sentence]).encode()).decode()
    response.set_cookie(_FLASH, packed, max_age=60, path=HOME, httponly=True, samesite="lax")
    return response


def read_flash(request: Request) -> tuple[str, str] | None:
    """Return the tone and the sentence that the page before has left."""
    try:
        tone, sentence = json.loads(base64.urlsafe_b64decode(request.cookies.get(_FLASH, "")))
    except (ValueError, TypeError, RecursionError):
        return None
    # No set: it may be a list, which has no hash.
    return (str(tone), str(sentence)) if tone in ("good", "bad") else None


def forget_flash(request: Request, response: AnyResponse) -> AnyResponse:
    """A sentence is said once."""
    if _FLASH in request.cookies:
        response.delete_cookie(_FLASH, path=HOME, httponly=True, samesite="lax")
    return response


def _reason(t: Translator, key: str, language: str) -> str:
    """Tell a reason in words: a key of the catalogue, or a sentence that a room has stored."""
    told = _worded(t, "console.reason", key)
    return translate.tell(key, language).text if told == key else told


def _fact(t: Translator, key: str, value: object) -> str:
    """Tell a fact of the journal in words; one that has none yet is told by its key."""
    try:
        return t(f"console.fact.{key}", value=value)
    except KeyError:
        return f"{key}: {value}"


def _worded(t: Translator, table: str, key: str) -> str:
    """Tell a key in words; one that has none yet is told as it is."""
    try:
        return t(f"{table}.{key}")
    except KeyError:
        return key


_EVIDENCE = re.compile(
    r"(?P<how>failed|complaint|refused) (?:after|at) (?:edition (?P<edition>\d+)|a notice): "
    r"(?P<reason>[\w-]+)(?: \((?P<status>[\d.]+)\))?\."
)


def _evidence(t: Translator, sentence: str, language: str) -> str | None:
    """Tell in words what led to a suppression; None if it was written by a person."""
    found = _EVIDENCE.fullmatch(sentence)
    if found is None:
        return None
    why = _reason(t, found["reason"], language)
    where = "edition" if found["edition"] else "notice"
    key = f"console.evidence.{found['how']}_{where}"
    told = t(key, reason=why, edition=found["edition"] or "")
    return f"{told} ({found['status']})" if found["status"] else told


def _sign_in_first(request: Request) -> Exception:
    address = "/console/sign-in"
    if request.headers.get("hx-request"):
        return HTTPException(401, headers={"HX-Redirect": address})
    if request.method == "POST" and kept.can_be_kept(request.url.path) and _was_in(request):
        return kept.SessionOver()
    if request.method != "GET":
        return HTTPException(303, headers={"location": address})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return HTTPException(303, headers={"location": f"{address}?next={quote(wanted, safe='')}"})


def _was_in(request: Request) -> bool:
    """Tell whether somebody has signed in with this browser, lately or once."""
    return COOKIE in request.cookies or DEVICE_COOKIE in request.cookies
