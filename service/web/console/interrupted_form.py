"""A form that was sent after its session had ended: it is kept, and shown again after the sign-in.

It stays in the browser, in hidden fields of the sign-in form and of one page behind it, so that
nobody can make the server keep what strangers send. Nothing of it is done before its operator has
seen it again: the form is asked for as its language switch does, which saves nothing.
"""

import json
import re
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from service.web import pages
from service.web.console.form_values import FormValues, parse_form
from service.web.console.redirects import HOME

# Forms that can be shown again with what was typed: those that have a `speak` button.
_FORMS = re.compile(r"/console/(?:keys|newsletters(?:/[a-z0-9-]+/(?:edit|feeds|rules))?)")
# What was pressed is not pressed again by showing the form.
_BUTTONS = {"act", "speak"}
_MOST = 32 * 1024
"""Characters; the sign-in takes no more than twice as many bytes."""


class SessionExpired(Exception):  # noqa: N818  It is an answer, not a fault.
    """Who has sent a form was signed in when they opened it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedForm:
    """Where a form was sent, and what stood in it."""

    action: str
    pairs: tuple[tuple[str, str], ...]

    def written(self) -> str:
        """Return the fields as a hidden field holds them."""
        return json.dumps(self.pairs, ensure_ascii=False)


def is_resumable(path: str) -> bool:
    """Tell whether the form that is sent to a path can be shown again."""
    return _FORMS.fullmatch(path) is not None


def parse_interrupted_form(typed: FormValues) -> InterruptedForm | None:
    """Return what a sign-in form brings along; None if that is nothing, or nothing of ours."""
    action, written = typed.text("kept_action"), typed.text("kept")
    if not is_resumable(action) or len(written) > _MOST:
        return None
    try:
        pairs = tuple((name, value) for name, value in json.loads(written))
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(each, str) for pair in pairs for each in pair):
        return None
    if any(name in _BUTTONS for name, _ in pairs):
        return None
    return InterruptedForm(action=action, pairs=pairs)


async def ask_to_sign_in_again(request: Request, error: Exception) -> Response:
    """Ask who it is, and keep what was typed meanwhile."""
    del error
    typed = await parse_form(request)
    pairs = tuple((name, value) for name, value in typed.pairs if name not in _BUTTONS)
    kept = InterruptedForm(action=request.url.path, pairs=pairs)
    if not pairs or len(kept.written()) > _MOST:
        return RedirectResponse("/console/sign-in", status_code=303)
    return pages.render(
        request,
        "console/sign_in.html.j2",
        status=401,
        next=HOME,
        address="",
        problem="console.sign_in.over",
        kept=kept,
        flash=None,
    )
