"""Forms are models: a wrong field has the key of its message, in both languages."""

import importlib
import pkgutil
from typing import Annotated, Literal

import pytest
from pydantic import Field

from service.kit.errors import Invalid
from service.kit.languages import CONSOLE_LANGUAGES
from service.web import console, pages
from service.web.console.form_model import (
    FALLBACK_KEY,
    ErrorKey,
    FormModel,
    OptionalText,
    Untrimmed,
    whole_number,
)
from service.web.console.form_values import FormValues


class ExampleForm(FormModel):
    name: Annotated[str, Field(min_length=1), ErrorKey("console.keys.wrong.name")]
    note: OptionalText
    password: Annotated[str, Untrimmed()]
    act: Literal["save"]


def posted(**fields: str) -> FormValues:
    return FormValues(tuple(fields.items()))


def test_a_valid_form_is_trimmed_and_empty_is_none() -> None:
    form, problems = ExampleForm.bind(
        posted(name=" Awa ", note=" ", password=" secret ", act="save", other="x")
    )

    assert problems == {}
    assert form == ExampleForm(name="Awa", note=None, password=" secret ", act="save")


def test_every_wrong_field_has_its_key() -> None:
    form, problems = ExampleForm.bind(posted(name="", act="other"))

    assert form is None
    assert problems == {"name": "console.keys.wrong.name", "act": FALLBACK_KEY}


def test_a_form_that_our_page_cannot_send_is_invalid() -> None:
    with pytest.raises(Invalid, match="act"):
        ExampleForm.parse(posted(name="Awa", act="other"))


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("0", 0), ("", None), ("-1", None), ("٣", None), ("123", None)]
)
def test_only_short_ascii_digits_are_a_number(text: str, number: int | None) -> None:
    assert whole_number(text, most_digits=2) == number


def test_every_key_of_every_form_is_worded() -> None:
    for module in pkgutil.iter_modules(console.__path__, f"{console.__name__}."):
        importlib.import_module(module.name)
    forms = [each for each in _descendants(FormModel) if each.__module__ != __name__]
    keys = {
        marker.key
        for form in forms
        for field in form.model_fields.values()
        for marker in field.metadata
        if isinstance(marker, ErrorKey)
    }

    assert len(forms) >= 8
    assert len(keys) >= 4
    for language in CONSOLE_LANGUAGES:
        assert keys | {FALLBACK_KEY} <= set(pages.wording().catalogues[language])


def _descendants(model: type[FormModel]) -> list[type[FormModel]]:
    return [found for child in model.__subclasses__() for found in [child, *_descendants(child)]]
