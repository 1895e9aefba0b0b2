"""Pure: normalises a posted form before it is parsed.

Our pages are UTF-8, so their forms are, whatever charset a request declares: Python has codecs that
take seconds, raise unexpected errors or return lone surrogates that no database stores. A run of
separators has no meaning, but costs the parser a step for each.
"""

import re
from collections.abc import Iterable

RawHeader = tuple[bytes, bytes]

_CHARSET = re.compile(rb";\s*charset\s*=[^;]*", re.IGNORECASE)
_RUN = re.compile(rb"&{2,}")
_FIELDS = b"application/x-www-form-urlencoded"


def strip_charset(headers: Iterable[RawHeader]) -> list[RawHeader]:
    """Return the headers without the charset parameter of the content type."""
    return [
        (name, _CHARSET.sub(b"", value) if name.lower() == b"content-type" else value)
        for name, value in headers
    ]


def collapse_separators(body: bytes, headers: Iterable[RawHeader]) -> bytes:
    """Return a form with single separators between fields; any other body unchanged."""
    kinds = [value for name, value in headers if name.lower() == b"content-type"]
    if any(kind.strip().lower().startswith(_FIELDS) for kind in kinds):
        return _RUN.sub(b"&", body)
    return body
