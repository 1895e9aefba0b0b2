"""Pure: header values become text, however broken they are."""

from email.errors import HeaderParseError
from email.header import decode_header, make_header


def readable(value: object) -> str:
    """A header's value as a person reads it: unfolded, encoded words decoded."""
    text = " ".join(str(value or "").split())
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text
