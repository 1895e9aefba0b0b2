"""One declarative model per console form; a wrong field has the key of its message.

A model validates what was posted; the page shows again the text that was posted. So a form is a
pair, as in Django: `FormValues` as they came, and the model that `bind` made of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.web.console.form_values import FormValues

FALLBACK_KEY = "form.error"


@dataclass(frozen=True, slots=True)
class ErrorKey:
    """The wording key of the message beside a field that is wrong."""

    key: str


@dataclass(frozen=True, slots=True)
class Untrimmed:
    """Marks a field that keeps the spaces around it: a password may begin with one."""


class FormModel(BaseModel):
    """The fields of a form, by their names in HTML."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def bind(cls, values: FormValues) -> tuple[Self | None, dict[str, str]]:
        """Return the validated form, or None and the message key of each wrong field."""
        posted = {
            name: values.raw(name) if _has(field, Untrimmed) else values.text(name)
            for name, field in cls.model_fields.items()
        }
        try:
            return cls.model_validate(posted), {}
        except ValidationError as invalid:
            names = dict.fromkeys(str(error["loc"][0]) for error in invalid.errors())
            return None, {name: _error_key(cls.model_fields[name]) for name in names}

    @classmethod
    def parse(cls, values: FormValues) -> Self:
        """Return the validated form of a page that offers no wrong value.

        Raises:
            Invalid: the form was not filled in on our page.
        """
        form, problems = cls.bind(values)
        if form is None:
            raise Invalid(translatable("request.value_not_offered", field=min(problems)))
        return form


OptionalText = Annotated[str | None, BeforeValidator(lambda text: text or None)]
"""A text field; empty is None."""


def require(is_valid: Callable[[str], bool]) -> Callable[[str], str]:
    """Return an `AfterValidator` that refuses the text for which `is_valid` is false."""

    def check(text: str) -> str:
        if not is_valid(text):
            raise ValueError("The value is not valid.")
        return text

    return check


def whole_number(text: str, *, most_digits: int) -> int | None:
    """Read ASCII digits; anything else, and a longer number, is None."""
    is_number = text.isascii() and text.isdigit() and len(text) <= most_digits
    return int(text) if is_number else None


RowNumber = Annotated[int, BeforeValidator(lambda text: whole_number(text, most_digits=18) or 0)]
"""The number of a row, or a count; 0 for what is no number. No row has it."""


def _has(field: FieldInfo, marker: type[Untrimmed]) -> bool:
    return any(isinstance(each, marker) for each in field.metadata)


def _error_key(field: FieldInfo) -> str:
    return next((each.key for each in field.metadata if isinstance(each, ErrorKey)), FALLBACK_KEY)
