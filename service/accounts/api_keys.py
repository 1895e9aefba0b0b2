"""API keys of the publisher's systems: shown once, stored as a hash, bound to scopes."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from service.accounts import queries
from service.accounts.secret import hash_secret, make_secret
from service.accounts.tables import ApiKey
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound

_PREFIX = "crieur_"


class ApiKeyScope(StrEnum):
    """What a key may be used for."""

    # POST /api/v1/events/articles: say what was published, updated or withdrawn.
    EVENTS = "events:articles"


def create_key(
    session: Session,
    *,
    name: str,
    scopes: Sequence[ApiKeyScope],
    now: datetime,
    operator_id: int | None = None,
) -> str:
    """Make a key and return its secret, which cannot be shown again.

    It ends with the operator who made it, if one did.

    Raises:
        Invalid: the key has no name.
    """
    if not name.strip():
        raise Invalid("An API key needs a name that tells where it is used.")
    # The prefix lets secret scanners and people recognise it.
    secret = _PREFIX + make_secret()
    queries.add_key(
        session,
        ApiKey(
            name=name.strip(),
            secret_hash=hash_secret(secret),
            scopes=[scope.value for scope in scopes],
            created_at=now,
            operator_id=operator_id,
        ),
    )
    return secret


def verify_key(session: Session, secret: str, scope: str) -> ApiKey | None:
    """Return the key if it is known, not revoked and good for `scope`."""
    key = queries.key_by_hash(session, hash_secret(secret))
    return key if key is not None and scope in key.scopes else None


def list_keys(session: Session) -> list[ApiKey]:
    """List keys, newest first, revoked ones too."""
    return queries.all_keys(session)


def revoke_key(session: Session, key_id: int, *, now: datetime) -> None:
    """Stop a key from working, for good.

    Raises:
        NotFound: there is no such key, or it was revoked already.
    """
    if not queries.revoke_key(session, key_id, now=now):
        raise NotFound("There is no such key, or it was revoked already.")
