"""What the API's description says beyond what FastAPI knows."""

from fastapi import FastAPI
from pydantic import BaseModel

from service.web.api.openapi import build_openapi, with_definitions


class Author(BaseModel):
    """Somebody who writes."""

    name: str


class Story(BaseModel):
    """A body that a handler reads by itself."""

    authors: list[Author]


def test_bodies_that_handlers_read_themselves_are_described_with_all_their_parts() -> None:
    """A generated client has a class for each; FastAPI has never heard of them."""
    described = build_openapi(FastAPI(), [Story])

    schemas = described["components"]["schemas"]
    assert {"Story", "Author", "ProblemDetails"} <= set(schemas)
    assert schemas["Story"]["properties"]["authors"]["items"] == {
        "$ref": "#/components/schemas/Author"
    }
    assert set(described["components"]["securitySchemes"]) == {"bearer", "signature"}


def test_the_description_is_made_once() -> None:
    """Making it takes longer than a request may."""
    app = FastAPI()

    assert build_openapi(app, [Story]) is build_openapi(app, [])


def test_a_schema_read_by_itself_brings_what_it_refers_to_and_nothing_else() -> None:
    """The page for people shows one schema, where references into the whole lead nowhere."""
    there = "#/components/schemas/"
    shapes = {
        "List": {"items": {"$ref": f"{there}Item"}},
        "Item": {"anyOf": [{"$ref": f"{there}List"}, {"type": "null"}]},
        "Other": {"type": "string"},
    }

    whole = with_definitions({"$ref": f"{there}List"}, shapes)

    assert whole == {
        "$ref": "#/$defs/List",
        "$defs": {
            "List": {"items": {"$ref": "#/$defs/Item"}},
            "Item": {"anyOf": [{"$ref": "#/$defs/List"}, {"type": "null"}]},
        },
    }


def test_a_schema_without_references_stays_as_it_is() -> None:
    """A text that looks like a reference is none."""
    schema = {"description": "#/components/schemas/Item", "enum": ["a", "b"]}

    assert with_definitions(schema, {}) == schema
