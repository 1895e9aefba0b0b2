"""What the API's operations on editions share: scopes, the path's ids, answers, versions."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Path

from service.accounts.api_keys import ApiKeyScope
from service.editions import curate
from service.web.api.api_key_auth import BEARER, ApiCall, require_scope
from service.web.api.edition_models import LARGEST_ID
from service.web.api.openapi import PROBLEM
from service.web.api.preconditions import require_version

Reading = Annotated[
    ApiCall, Depends(require_scope(ApiKeyScope.READ_EDITIONS, ApiKeyScope.WRITE_EDITIONS))
]
Writing = Annotated[ApiCall, Depends(require_scope(ApiKeyScope.WRITE_EDITIONS))]
EditionNumber = Annotated[int, Path(ge=1, le=LARGEST_ID)]
ArticlePath = Annotated[int, Path(ge=1, le=LARGEST_ID)]

Responses = dict[int | str, dict[str, Any]]
READ: Responses = dict.fromkeys((400, 401, 403, 404, 422, 503), PROBLEM)
DECIDED: Responses = {**READ, **dict.fromkeys((408, 409, 412, 413), PROBLEM)}
CHANGED: Responses = {**DECIDED, 428: PROBLEM}
"""Problems that an operation answers with, by status: reading, deciding, changing a version."""


def with_example(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of an operation that takes a body like this one."""
    return {**BEARER, "requestBody": {"content": {"application/json": {"example": body}}}}


def require_seen(call: ApiCall, edition_id: int, if_match: str | None) -> None:
    """Lock the edition, so that what was seen stays what is changed.

    Raises what `preconditions.require_version` does.
    """
    version = curate.lock_version(call.session, edition_id)
    require_version(edition_id, if_match, version=version)
