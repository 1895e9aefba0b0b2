"""`If-Match` (RFC 9110, 13.1.1): a change is made to what its author has seen, or not at all."""

import re
from typing import Annotated

from fastapi import Header

from service.kit.errors import Invalid, PreconditionFailed, PreconditionRequired
from service.kit.translatable import translatable

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of the edition that was read, or * for whatever it is now.",
    ),
]

# RFC 9110, 8.8.3: an entity tag has its quotes.
_ENTITY_TAG = re.compile(r'(W/)?"[^"\s]*"')


def etag_of(version: int) -> str:
    """Return the ETag of a version of an edition; articles that come do not change it."""
    return f'"{version}"'


def require_version(edition_id: int, if_match: str | None, *, version: int) -> None:
    """Refuse a change that names no version, or another one than the edition has now.

    Weak tags never match (RFC 9110, 8.8.3.2).

    Raises:
        PreconditionRequired: there is no If-Match.
        Invalid, PreconditionFailed: as `check_version`.
    """
    if if_match is None:
        raise PreconditionRequired(
            translatable("edition.api.no_version", edition=str(edition_id), etag=etag_of(version))
        )
    check_version(edition_id, if_match, version=version)


def check_version(edition_id: int, if_match: str | None, *, version: int) -> None:
    """Refuse another version than the edition has now; without If-Match any will do.

    Raises:
        Invalid: the header is neither * nor a list of ETags.
        PreconditionFailed: another editor has changed the edition.
    """
    if if_match is None or if_match.strip() == "*":
        return
    tags = {each.strip() for each in if_match.split(",")}
    if not all(_ENTITY_TAG.fullmatch(tag) for tag in tags):
        raise Invalid(translatable("edition.api.no_etag", etag=etag_of(version)))
    if etag_of(version) not in tags:
        raise PreconditionFailed(
            translatable("edition.api.changed", edition=str(edition_id), etag=etag_of(version))
        )
