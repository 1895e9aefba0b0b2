"""A flash message for the next page, in a cookie."""

import base64
import json
from typing import Literal, TypeVar

from fastapi import Request
from fastapi.responses import Response

from service.web.console.redirects import HOME

_COOKIE = "crieur_flash"
Tone = Literal["good", "bad"]
AnyResponse = TypeVar("AnyResponse", bound=Response)


def set_flash(response: AnyResponse, sentence: str, *, tone: Tone = "good") -> AnyResponse:
    """Set the message for the next page."""
    packed = base64.urlsafe_b64encode(json.dumps([tone, sentence]).encode()).decode()
    response.set_cookie(_COOKIE, packed, max_age=60, path=HOME, httponly=True, samesite="lax")
    return response


def read_flash(request: Request) -> tuple[str, str] | None:
    """Return the tone and the message that the previous page has set."""
    try:
        tone, sentence = json.loads(base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "")))
    except (ValueError, TypeError, RecursionError):
        return None
    # No set: it may be a list, which has no hash.
    return (str(tone), str(sentence)) if tone in ("good", "bad") else None


def delete_flash(request: Request, response: AnyResponse) -> AnyResponse:
    """Delete the message: it is shown once."""
    if _COOKIE in request.cookies:
        response.delete_cookie(_COOKIE, path=HOME, httponly=True, samesite="lax")
    return response
