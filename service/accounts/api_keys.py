"""API keys of publishers' systems: shown once, stored as a hash, limited to scopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.accounts import queries
from service.accounts.secret import hash_secret, make_secret
from service.accounts.tables import ApiKey
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.kit.translatable import translatable

_PREFIX = "crieur_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDetails:
    """A key as pages and commands show it, without its secret."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    # None while the key works.
    revoked_at: datetime | None
    # The operator with whom the key ends; None for a key of the command line.
    operator_id: int | None


class ApiKeyScope(StrEnum):
    """What a key allows."""

    # POST /api/v1/events/articles: report published, updated and withdrawn articles.
    EVENTS = "events:articles"
    # GET of coming and other editions.
    READ_EDITIONS = "editions:read"
    # The same, and everything that editors may do to an edition, sending it included.
    WRITE_EDITIONS = "editions:write"


def create_key(
    session: Session,
    *,
    name: str,
    scopes: Sequence[ApiKeyScope],
    now: datetime,
    operator_id: int | None = None,
) -> str:
    """Create a key and return its secret, which cannot be shown again.

    If an operator creates it, the key is revoked when that operator is disabled.

    Raises:
        Invalid: the key has no name.
    """
    if not name.strip():
        raise Invalid(translatable("api_key.no_name"))
    # Secret scanners and people recognise the prefix.
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


def verify_key(session: Session, secret: str, scope: str) -> ApiKeyDetails | None:
    """Return the key if it exists, is not revoked and has `scope`; None otherwise."""
    key = find_key(session, secret)
    return key if key is not None and scope in key.scopes else None


def find_key(session: Session, secret: str) -> ApiKeyDetails | None:
    """Return the key if it exists and is not revoked, whatever it allows; None otherwise."""
    key = queries.key_by_hash(session, hash_secret(secret))
    return _details(key) if key is not None else None


def list_keys(session: Session) -> list[ApiKeyDetails]:
    """List keys, newest first, revoked ones included."""
    return [_details(each) for each in queries.all_keys(session)]


def revoke_key(session: Session, key_id: int, *, now: datetime) -> None:
    """Revoke a key permanently.

    Raises:
        NotFound: there is no such key, or it was revoked already.
    """
    if not queries.revoke_key(session, key_id, now=now):
        raise NotFound(translatable("api_key.unknown"))


def _details(key: ApiKey) -> ApiKeyDetails:
    return ApiKeyDetails(
        id=key.id,
        name=key.name,
        scopes=tuple(key.scopes),
        created_at=key.created_at,
        revoked_at=key.revoked_at,
        operator_id=key.operator_id,
    )
