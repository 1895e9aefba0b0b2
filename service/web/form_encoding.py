"""Pure: a posted form is made plain before a parser sees it.

Our pages are UTF-8, so their forms are, whatever a request's head says of itself: Python knows
encodings that take seconds, that raise what nobody expects, and that return halves of characters
which no database stores. And a run of separators says nothing, but a parser takes a step for each.
"""

import re
from collections.abc import Iterable

RawHeader = tuple[bytes, bytes]

_CHARSET = re.compile(rb";\s*charset\s*=[^;]*", re.IGNORECASE)
_RUN = re.compile(rb"&{2,}")
_FIELDS = b"application/x-www-form-urlencoded"


def strip_charset(headers: Iterable[RawHeader]) -> list[RawHeader]:
    """Return the headers without the encoding that a body claims to have."""
    return [
        (name, _CHARSET.sub(b"", value) if name.lower() == b"content-type" else value)
        for name, value in headers
    ]


def collapse_separators(body: bytes, headers: Iterable[RawHeader]) -> bytes:
    """Return a body with one separator between two fields; any other body as it is."""
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    if any(kind.strip().lower().startswith(_FIELDS) for kind in kinds):
        return _RUN.sub(b"&", body)
    return body
