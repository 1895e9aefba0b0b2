"""Wrong requests get a sentence that says what to send."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, with_config
from typing_extensions import TypedDict

from service.kit.translatable import translate
from service.web.api.validation_message import validation_message


class Colour(StrEnum):
    """What a field may be."""

    RED = "red"
    BLUE = "blue"


@with_config(ConfigDict(extra="forbid"))
class Part(TypedDict):
    """A part of a request."""

    number: int


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", min_length=2, max_length=5)
    count: int = Field(1, ge=1, le=2**63 - 1)
    is_on: bool = False
    at: datetime | None = None
    colour: Colour = Colour.RED
    word: Literal["new", "old"] = "new"
    parts: list[Part] = Field([], min_length=1, max_length=2)
    even: int = 2

    @field_validator("even")
    @classmethod
    def _is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("choose an even number.")
        return number


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": 3}, "name must be a text."),
        ({"name": "abcdef"}, "name may have at most 5 characters."),
        ({"name": "a"}, "name must have at least 2 characters."),
        ({"count": "many"}, "count must be a whole number."),
        ({"count": 1.5}, "count must be a whole number."),
        ({"count": 0}, "count must be at least 1."),
        ({"count": 2**63}, "count must be at most 9223372036854775807."),
        ({"is_on": "perhaps"}, "is_on must be true or false."),
        ({"at": "soon"}, "at must be a time such as 2026-11-30T07:00:00Z."),
        ({"colour": "green"}, "colour must be one of: red, blue."),
        ({"word": "odd"}, "word must be one of: new, old."),
        ({"parts": 7}, "parts must be a list."),
        ({"parts": []}, "parts must have 1 entries or more."),
        ({"parts": [{"number": 1}] * 3}, "parts may have at most 2 entries."),
        ({"parts": ["x"]}, "parts.0 must be a JSON object."),
        ({"parts": [{}]}, "parts.0.number is missing: /api/docs shows an example."),
        (
            {"nmae": "x"},
            "nmae is no field of this operation: check its spelling, or leave it out.",
        ),
        ({"even": 3}, "even: choose an even number."),
        ([], "The body has another form than this operation takes: /api/docs shows an example."),
    ],
    ids=str,
)
def test_a_wrong_value_is_named_with_what_it_may_be(body: Any, sentence: str) -> None:
    """The library's own words are of Python: a model, an input, a valid string."""
    with pytest.raises(ValidationError) as wrong:
        Body.model_validate(body)

    assert str(validation_message(wrong.value.errors()[0])) == sentence


def test_broken_json_is_said_to_be_broken_and_where() -> None:
    """FastAPI gives the place as the last part of the location."""
    error = {
        "type": "json_invalid",
        "loc": ("body", 14),
        "msg": "JSON decode error",
        "ctx": {"error": "Expecting value"},
    }

    assert str(validation_message(error)) == (
        "The body is not valid JSON: Expecting value at character 14. "
        "Send a JSON document in UTF-8."
    )


def test_it_speaks_french() -> None:
    """A key and parameters, which a program translates as it likes."""
    error = {"type": "missing", "loc": ("body", "title"), "msg": "Field required"}

    assert translate(validation_message(error), "fr").startswith("title manque")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"type": "missing", "input": None}, "Content-Type: application/json"),
        ({"type": "model_attributes_type", "input": b'{"a": 1}'}, "Content-Type: application/json"),
        (
            {"type": "value_error", "input": {}, "msg": "Value error, Give one of the two."},
            "Give one of the two.",
        ),
    ],
    ids=["no body", "a body that is no JSON by its type", "fields together"],
)
def test_a_whole_body_is_wrong_in_a_way_of_its_own(error: dict[str, Any], sentence: str) -> None:
    """No field can be named: how it was sent, or what its fields say together, is wrong."""
    message = validation_message({"loc": ("body",), "msg": "", **error})

    assert sentence in str(message)
