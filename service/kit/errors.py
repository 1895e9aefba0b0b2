"""Expected refusals: one tree, each with an HTTP status and a sentence for a person.

`str(error)` is that sentence: it says what is wrong and what to do, names no secret, and is
shown as it is by the command line, the pages and the API.
"""

from typing import ClassVar


class CrieurError(Exception):
    """Anything Crieur says no to on purpose."""

    status: ClassVar[int] = 500


class OperationRefused(CrieurError):
    """The request makes sense but may not be done as it stands."""

    status = 400


class Invalid(CrieurError):
    """The input is malformed."""

    status = 422


class Unauthenticated(CrieurError):
    """Nobody known asks: a key, a signature or a session is missing or wrong."""

    status = 401


class Forbidden(CrieurError):
    """Known, but not allowed."""

    status = 403


class NotFound(CrieurError):
    """There is no such thing."""

    status = 404


class Conflict(CrieurError):
    """The state of things does not allow it now."""

    status = 409


class TooMany(CrieurError):
    """Asked too often; try again later."""

    status = 429


class Unavailable(CrieurError):
    """Something Crieur depends on is away; trying again later may work."""

    status = 503


class Misconfigured(CrieurError):
    """A setting is wrong; the sentence names it."""
