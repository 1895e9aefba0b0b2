"""The placeholder for a reader's token: random, so that no article text can contain it.

It has the length and the alphabet of a real token (42 of a-z2-7), so that line lengths and sizes
measured on the rendered message hold for every reader's copy.
"""

import secrets

PREFIX = "crieurtoken"
LENGTH = 42
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def make_placeholder() -> str:
    """Return a new placeholder with 155 random bits."""
    return PREFIX + "".join(secrets.choice(LETTERS) for _ in range(LENGTH - len(PREFIX)))


def make_mark() -> str:
    """Return a new mark, for what depends on a reader's sections, with 130 random bits."""
    return "crieurmark" + "".join(secrets.choice(LETTERS) for _ in range(26))
