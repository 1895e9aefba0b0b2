"""Pure: a part that is made when it is first asked for."""

from collections.abc import Callable
from typing import Any

_NOT_GIVEN: Any = object()


class LazyField:
    """A field of a dataclass: what it was given, or what `make` makes of the whole, once."""

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn under which name it is kept."""
        del owner
        self._name = name

    def __get__(self, whole: Any, owner: type | None = None) -> Any:
        """Return the part, made now if it was not; a class has none, and says so."""
        if whole is None:
            return _NOT_GIVEN
        if not is_computed(whole, self._name):
            vars(whole)[self._name] = self._make(whole)
        return vars(whole)[self._name]

    def __set__(self, whole: object, value: object) -> None:
        """Keep a part that was given."""
        if value is not _NOT_GIVEN:
            vars(whole)[self._name] = value


def lazy_field(make: Callable[[Any], object]) -> Any:
    """Return a `LazyField` as the default of a field of any type."""
    return LazyField(make)


def is_computed(whole: object, name: str) -> bool:
    """Tell whether a lazy part of something is there already."""
    return name in vars(whole)
