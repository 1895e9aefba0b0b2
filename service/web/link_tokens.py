"""Pure: what stood behind a link in a sentence is not a part of it.

Whoever copies a link, and many a program that finds one in a text, takes along what follows it: a
full stop, a bracket, a quotation mark of any script, an emoji, `&gt;`, a mark of direction. None of
that is ever in a token, so a token ends where the first such character stands. The server has
decoded the address already: `%29` and `)` are the same here.
"""

import re

_PLAIN = re.compile(r"[A-Za-z0-9]*")
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


def clean_token(token: str) -> str:
    """Return a token or key of letters and digits without what was copied with it.

    >>> bare("abc23)."), bare("abc23&gt;"), bare("abc23_")
    ('abc23', 'abc23', 'abc23')
    """
    return _upto(_PLAIN, token)


def clean_secret(secret: str) -> str:
    """Return an operator's secret, which may have `-` and `_`, without what was copied with it."""
    return _upto(_SECRET, secret)


def _upto(kept: re.Pattern[str], text: str) -> str:
    found = kept.match(text)
    return found[0] if found else ""
