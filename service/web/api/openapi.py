"""The API's description (OpenAPI 3.1), completed by what FastAPI cannot know.

Handlers read bodies themselves, because a signature is over the raw bytes, so the shapes of bodies,
the ways to authorise and the form of refusals are written here, each where references find it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

SCHEMAS = "#/components/schemas/{model}"
_AT = "#/components/schemas/"


class ProblemDetails(BaseModel):
    """Why a request was refused (RFC 9457)."""

    title: str
    status: int
    detail: str


PROBLEM: dict[str, Any] = {
    "description": "Refused; `detail` is a sentence that says what to do.",
    "content": {
        "application/problem+json": {"schema": {"$ref": SCHEMAS.format(model="ProblemDetails")}}
    },
}
_WAYS_IN = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key from the console."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Crieur-Signature",
        "description": 't=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">, with '
        "`CRIEUR_EVENTS_SECRET`.",
    },
}


def build_openapi(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """Return the description, made once; `bodies` are the models that handlers read."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=app.openapi_version,
            description=app.description,
            routes=app.routes,
        )
        models: list[type[BaseModel]] = [*bodies, ProblemDetails]
        _, shapes = models_json_schema(
            [(model, "validation") for model in models], ref_template=SCHEMAS
        )
        components = made.setdefault("components", {})
        components.setdefault("schemas", {}).update(shapes["$defs"])
        components["securitySchemes"] = _WAYS_IN
        app.openapi_schema = made
    return app.openapi_schema


def with_definitions(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with the shapes that it refers to, so that it can be read by itself."""
    needed: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in _names(waiting.pop()):
            if name not in needed:
                needed[name] = shapes[name]
                waiting.append(shapes[name])
    whole = {**schema, "$defs": needed} if needed else dict(schema)
    return _with_local_refs(whole)


def _names(node: object) -> list[str]:
    if isinstance(node, dict):
        ref = str(node.get("$ref", ""))
        own = [ref.removeprefix(_AT)] if ref.startswith(_AT) else []
        return own + [name for value in node.values() for name in _names(value)]
    return [name for value in node for name in _names(value)] if isinstance(node, list) else []


def _with_local_refs(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose references lead to its own `$defs`."""
    return {
        key: str(value).replace(_AT, "#/$defs/") if key == "$ref" else _in_any(value)
        for key, value in schema.items()
    }


def _in_any(value: Any) -> Any:
    if isinstance(value, dict):
        return _with_local_refs(value)
    return [_in_any(each) for each in value] if isinstance(value, list) else value
