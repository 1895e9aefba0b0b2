"""The fields of a posted form as text, so that a page can show them again."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

_MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class FormValues:
    """Fields and their values, in the form's order."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field, without white space around it."""
        values = self.all(name)
        return values[-1] if values else default

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field, also empty ones."""
        return [value.strip() for key, value in self.pairs if key == name]

    def raw(self, name: str) -> str:
        """The last value as it was typed: a password may begin with a space."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")


async def parse_form(request: Request) -> FormValues:
    """Read the text fields of a posted form; files are left out."""
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        return FormValues(
            tuple(
                (key, value.replace("\x00", ""))
                for key, value in form.multi_items()
                if isinstance(value, str)
            )
        )


PostedForm = Annotated[FormValues, Depends(parse_form)]
