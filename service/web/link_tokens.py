"""Pure: removes text that was copied together with a link's token.

People who copy a link, and programs that detect links in text, often include what follows: a full
stop, a bracket, a quotation mark, an emoji, `&gt;`, a direction mark. A token contains none of
these, so it ends before the first such character. The address has been decoded already: `%29` and
`)` are the same here.
"""

import re

_PLAIN = re.compile(r"[A-Za-z0-9]*")
_SECRET = re.compile(r"[A-Za-z0-9_-]*")


def clean_token(token: str) -> str:
    """Return a token or key of letters and digits without trailing text.

    >>> bare("abc23)."), bare("abc23&gt;"), bare("abc23_")
    ('abc23', 'abc23', 'abc23')
    """
    return _upto(_PLAIN, token)


def clean_secret(secret: str) -> str:
    """Return an operator's secret, which may contain `-` and `_`, without trailing text."""
    return _upto(_SECRET, secret)


def _upto(kept: re.Pattern[str], text: str) -> str:
    found = kept.match(text)
    return found[0] if found else ""
