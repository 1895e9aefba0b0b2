"""`/api/docs`: the API's description as a page of our own, without scripts or other sites."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.web import pages
from service.web.api.openapi import with_definitions

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOperation:
    """One address of the API and what may be done there."""

    method: str
    path: str
    summary: str
    description: str
    body: str
    example: str


@router.get("/api/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Show every operation with the shape of what it takes."""
    description = request.app.openapi()
    return pages.render(
        request,
        "api/docs.html.j2",
        locale="en",
        operations=list(_operations(description)),
    )


def _operations(description: dict[str, Any]) -> Iterator[ApiOperation]:
    shapes = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            media = content.get("application/json", {})
            schema, example = media.get("schema"), media.get("example")
            yield ApiOperation(
                method=method.upper(),
                path=path,
                summary=told.get("summary", ""),
                description=told.get("description", ""),
                body=_shown(schema, shapes) if schema else "",
                example=_json(example) if example else "",
            )


def _shown(schema: dict[str, Any], shapes: dict[str, Any]) -> str:
    return _json(with_definitions(schema, shapes))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
