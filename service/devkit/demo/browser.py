"""A reader's browser without JavaScript: opens pages, fills in forms, follows redirects."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import Request, urlopen

import lxml.html

from service.kit.errors import Unavailable

PATIENCE = 15
Answers = Mapping[str, str | Collection[str]]


def open_page(url: str) -> lxml.html.HtmlElement:
    """Return the page at `url`, parsed; raise Unavailable when there is none."""
    return _parse(*_request(Request(_web(url))))  # noqa: S310  `_web` lets only http(s) through.


def submit(page: lxml.html.HtmlElement, answers: Answers | None = None) -> lxml.html.HtmlElement:
    """Fill in the first form of a page and send it; return what comes back.

    An answer to check boxes is the collection of values to check; the rest keeps its values.
    """
    form = page.forms[0]
    fields = _fields(form, answers or {})
    url = urljoin(page.base_url or "", form.get("action") or page.base_url or "")
    body = urlencode(fields).encode()
    return _parse(*_request(Request(_web(url), data=body, method="POST")))  # noqa: S310  As above.


def read_json(url: str, **query: object) -> Any:
    """Return what an address answers in JSON."""
    _, raw = _request(Request(f"{_web(url)}?{urlencode(query)}"))  # noqa: S310  As above.
    return json.loads(raw)


def post(url: str, **fields: str) -> None:
    """Press a button whose form has these fields."""
    body = urlencode(fields).encode()
    _request(Request(_web(url), data=body, method="POST"))  # noqa: S310  As above.


def _fields(form: lxml.html.FormElement, answers: Answers) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for field in form.inputs:
        name, value = field.name, field.get("value") or ""
        if not name:
            continue
        answer = answers.get(name)
        if field.get("type") == "checkbox":
            chosen = "checked" in field.attrib if answer is None else value in answer
            if chosen:
                fields.append((name, value))
        else:
            fields.append((name, answer if isinstance(answer, str) else value))
    return fields


def _request(request: Request) -> tuple[str, bytes]:
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  `_web` has looked.
            return answer.url, answer.read()
    except HTTPError as error:
        raise Unavailable(f"{request.full_url} answered {error.code}.") from error
    except (URLError, OSError) as error:
        raise Unavailable(f"{request.full_url} did not answer: {error}.") from error


def _parse(url: str, raw: bytes) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(raw, base_url=url)


def _web(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError("a visitor opens web pages only")
    return url
