"""Pure: dates on which a newsletter does not come out."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Local dates without slots, the first and the last included, and why."""

    first_on: date
    last_on: date
    label: str = ""

    def __contains__(self, day: date) -> bool:
        """Return whether a date is one of them."""
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class Holidays:
    """All holidays of a newsletter; they may overlap."""

    all: tuple[Holiday, ...] = ()

    def __contains__(self, day: date) -> bool:
        """Return whether a local date has no slots."""
        return any(day in each for each in self.all)


NO_HOLIDAYS = Holidays()
