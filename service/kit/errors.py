"""Expected errors: one hierarchy, each with an HTTP status and a message for a person.

`str(error)` is that message: it says what is wrong and what to do, contains no secret, and is
shown unchanged by the command line, the pages and the API.
"""

from typing import ClassVar


class CrieurError(Exception):
    """Base class of expected errors."""

    status: ClassVar[int] = 500


class OperationRefused(CrieurError):
    """The request makes sense but may not be done as it stands."""

    status = 400


class Invalid(CrieurError):
    """The input is malformed."""

    status = 422


class Unauthenticated(CrieurError):
    """The caller is not authenticated: a key, a signature or a session is missing or wrong."""

    status = 401


class Forbidden(CrieurError):
    """The caller is authenticated but not allowed to do this."""

    status = 403


class NotFound(CrieurError):
    """There is no such thing."""

    status = 404


class Conflict(CrieurError):
    """The current state does not allow it."""

    status = 409


class TooMany(CrieurError):
    """Too many requests; try again later."""

    status = 429


class Unavailable(CrieurError):
    """Something Crieur depends on is unavailable; trying again later may work."""

    status = 503


class Misconfigured(CrieurError):
    """A setting is wrong; the sentence names it."""
