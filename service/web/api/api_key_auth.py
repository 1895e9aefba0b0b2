"""Who calls the API with a key, and what the key allows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request

from service.accounts import api_keys, audit
from service.accounts.api_keys import ApiKeyDetails, ApiKeyScope
from service.audience.network import network_of
from service.kit.db import Session
from service.kit.errors import Forbidden, Unauthenticated
from service.web.deps import CurrentRuntime, Now, Transaction

BEARER: dict[str, Any] = {"security": [{"bearer": []}]}
"""What an operation's description says of its authorisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A request with a key that allows it, in its one transaction."""

    session: Session
    now: datetime
    key: ApiKeyDetails

    def record(self, event: str, **facts: object) -> None:
        """Write into the audit trail what was done, and with which key."""
        named = {**facts, "key_id": self.key.id}
        audit.record(self.session, None, event, named, now=self.now)


def require_scope(*scopes: ApiKeyScope) -> Callable[..., ApiCall]:
    """Return the dependency of operations that a key with one of these scopes may call.

    It raises Unauthenticated without a key that works, and counts that; Forbidden for another's.
    """

    def authorise(
        request: Request, session: Transaction, now: Now, running: CurrentRuntime
    ) -> ApiCall:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        key = api_keys.find_key(session, secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            network = network_of(request.client.host if request.client else None)
            with running.begin() as apart:
                audit.count_event(apart, None, "api.refused", {"network": network}, now=now)
            raise Unauthenticated(
                "The key is missing or wrong: send 'Authorization: Bearer …' with a key from the "
                "console."
            )
        if not set(scopes) & set(key.scopes):
            raise Forbidden(
                f"The key “{key.name}” does not allow this: create one in the console that has "
                f"the scope {scopes[0]}."
            )
        return ApiCall(session=session, now=now, key=key)

    return authorise
