"""Pure: what each role may do, as data.

A viewer reads everything that the console shows and changes nothing.
"""

from enum import StrEnum


class Role(StrEnum):
    """What an operator is."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class May(StrEnum):
    """One kind of thing that may be done."""

    READ = "read"
    # Newsletters, their sections and schedule, their feeds, and articles.
    EDIT = "edit"
    # Send now, pause, resume and cancel.
    SEND = "send"
    # Lift a suppression.
    READERS = "readers"
    # API keys.
    KEYS = "keys"
    # Other operators.
    OPERATORS = "operators"


ALLOWED: dict[Role, frozenset[May]] = {
    Role.OWNER: frozenset(May),
    Role.EDITOR: frozenset({May.READ, May.EDIT, May.SEND, May.READERS}),
    Role.VIEWER: frozenset({May.READ}),
}


def may(role: str, what: May) -> bool:
    """Tell whether `role` may do `what`; a role that nobody knows may do nothing."""
    return role in ALLOWED and what in ALLOWED[Role(role)]


def who_may(what: May) -> list[Role]:
    """Return the roles that may do it, the mightiest first."""
    return [role for role in Role if what in ALLOWED[role]]
