"""Pure: what stood behind a link in a sentence is not a part of it."""

_BEHIND = ".,;:!?…)>]}'\"*`»›”’"


def bare(token: str) -> str:
    """Return a token without the punctuation that was copied with it.

    The server has decoded the address already: `%29` and `)` are the same here. A token has only
    letters, digits, `-` and `_`.
    """
    return token.rstrip(_BEHIND + " \t\r\n\u00a0\u202f\u200b")
