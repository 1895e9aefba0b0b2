"""A form that was posted after its session had ended is shown again after the sign-in.

Its fields stay in the browser, in hidden fields of the sign-in form and of the page after it: the
server stores nothing for clients that are not signed in. Nothing is saved before the operator has
seen the form again: it is requested as by its language switch, which saves nothing.
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
_FORMS = re.compile(
    r"/console/(?:keys|articles/(?:paste|\d{1,18}/edit)|newsletters(?:/[a-z0-9-]+/(?:edit|feeds(?:/find|/\d{1,18}/edit)?|rules))?)"
)
# What was pressed is not pressed again by showing the form.
_BUTTONS = {"act", "speak"}
_MOST = 32 * 1024
"""Characters; the sign-in takes no more than twice as many bytes."""


class SessionExpired(Exception):  # noqa: N818  It is an answer, not a fault.
    """The session ended between opening and sending a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedForm:
    """Where a form was posted, and its fields."""

    action: str
    pairs: tuple[tuple[str, str], ...]

    def to_json(self) -> str:
        """Return the fields as JSON for a hidden field."""
        return json.dumps(self.pairs, ensure_ascii=False)


def is_resumable(path: str) -> bool:
    """Return whether the form posted to a path can be shown again."""
    return _FORMS.fullmatch(path) is not None


def parse_interrupted_form(typed: FormValues) -> InterruptedForm | None:
    """Return the form that a sign-in form carries; None if there is none or it is invalid."""
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
    """Show the sign-in page, with the posted form in hidden fields."""
    del error
    typed = await parse_form(request)
    pairs = tuple((name, value) for name, value in typed.pairs if name not in _BUTTONS)
    kept = InterruptedForm(action=request.url.path, pairs=pairs)
    if not pairs or len(kept.to_json()) > _MOST:
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
