"""Pure: what each role may do, as data.

A viewer reads everything that the console shows and changes nothing.
"""

from enum import StrEnum


class Role(StrEnum):
    """An operator's role."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Permission(StrEnum):
    """A group of actions in the console."""

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


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.EDITOR: frozenset({Permission.READ, Permission.EDIT, Permission.SEND, Permission.READERS}),
    Role.VIEWER: frozenset({Permission.READ}),
}


def is_allowed(role: str, what: Permission) -> bool:
    """Return whether a role has a permission; an unknown role has none."""
    return role in PERMISSIONS and what in PERMISSIONS[Role(role)]


def roles_with(what: Permission) -> list[Role]:
    """Return the roles that have a permission, the most powerful first."""
    return [role for role in Role if what in PERMISSIONS[role]]
