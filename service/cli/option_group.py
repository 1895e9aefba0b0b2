"""Options that several commands share, written once: as the parameters of what reads them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

Reader = Callable[..., dict[str, Any]]
"""Takes options by name and returns the fields that they change; an option not given is None."""


def takes_changes(*readers: Reader) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command the options of these readers.

    The options stand where the command has its parameter `changes`, which gets all fields that the
    readers return.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def call(**values: Any) -> None:
            changes: dict[str, Any] = {}
            for reader in readers:
                changes |= reader(**{name: values.pop(name) for name in _parameters(reader)})
            command(**values, changes=changes)

        shared = [each for reader in readers for each in _parameters(reader).values()]
        # Typer finds a command's options in its signature.
        call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
                for own in _parameters(command).values()
                for each in (shared if own.name == "changes" else [own])
            ]
        )
        return call

    return decorate


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function, eval_str=True).parameters)
