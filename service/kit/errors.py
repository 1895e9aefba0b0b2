"""Expected errors: one hierarchy, each with an HTTP status and a message for a person.

The message says what is wrong and what to do, and contains no secret. `str(error)` is its English
sentence, which the command line and the API show; pages show it in their own language if it has a
key.
"""

from typing import ClassVar

from service.kit.translatable import TranslatableMessage, untranslated


class CrieurError(Exception):
    """Base class of expected errors; the message has a key, or is an English sentence."""

    status: ClassVar[int] = 500

    def __init__(self, message: str | TranslatableMessage) -> None:
        super().__init__(message)

    @property
    def message(self) -> TranslatableMessage:
        """The message for a person; one without a key is shown in English."""
        message = self.args[0]
        return message if isinstance(message, TranslatableMessage) else untranslated(str(message))


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


class PreconditionFailed(CrieurError):
    """The thing has been changed since the caller has read it (RFC 9110, 13.1.1)."""

    status = 412


class PreconditionRequired(CrieurError):
    """The request must say which version it changes (RFC 6585, 3)."""

    status = 428


class TooMany(CrieurError):
    """Too many requests; try again later."""

    status = 429


class Unavailable(CrieurError):
    """Something Crieur depends on is unavailable; trying again later may work."""

    status = 503


class Misconfigured(CrieurError):
    """A setting is wrong; the sentence names it."""
