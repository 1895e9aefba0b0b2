"""What the API's operations on editions share: scopes, the path's ids, answers, examples."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Path

from service.accounts.api_keys import ApiKeyScope
from service.web.api.api_key_auth import BEARER, ApiCall, require_scope
from service.web.api.edition_models import LARGEST_ID
from service.web.api.openapi import PROBLEM

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
