"""Forms of a few text fields that two operators may edit: what was opened travels with the form."""

from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from service.web.console.edit_conflict import MergedForm, merge_edits
from service.web.console.form_values import FormValues


class EditForm(BaseModel):
    """The form's fields as text, exactly as they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def from_values(cls, typed: FormValues) -> Self:
        """Take what was typed; line breaks are those of the database."""
        return cls(**{name: typed.text(name).replace("\r\n", "\n") for name in cls.model_fields})

    @classmethod
    def parse_opened(cls, text: str) -> Self | None:
        """Read what `as_opened` wrote; None if the field is missing or was tampered with."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None

    def as_opened(self) -> str:
        """Return the form as JSON for a hidden field."""
        return self.model_dump_json()

    def without_blank_rows(self) -> Self:
        """Return the form: it has no rows."""
        return self


F = TypeVar("F", bound=EditForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditAttempt(Generic[F]):
    """What an operator has sent: the fields to save, or to show beside what was saved meanwhile.

    `opened` is what the form is to carry next time.
    """

    fields: F
    opened: F
    merged: MergedForm[F] | None = None


def compare_edit(typed: FormValues, stored: F) -> EditAttempt[F]:
    """Compare what was sent with what is stored and what the sender has seen.

    Without `merged`, nothing was saved that the sender has not seen.
    """
    form = type(stored)
    fields, opened = form.from_values(typed), form.parse_opened(typed.raw("opened"))
    if opened is None:
        return EditAttempt(fields=fields, opened=stored)
    parts = [(name,) for name in form.model_fields]
    merged = merge_edits(opened, stored, fields, parts=parts)
    if not merged.differences:
        return EditAttempt(fields=fields, opened=stored)
    return EditAttempt(fields=merged.fields, opened=stored, merged=merged)
