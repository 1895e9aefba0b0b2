"""Pure: the envelope sender carries the signed reader token, so that a bounce names its delivery.

Variable envelope return path: `b-{token}@{bounce_domain}`. A returned address may have gone
through other people's hands, so reading looks for the token anywhere in it: forwarders wrap it
(SRS), some senders tag it (BATV), many systems change its case. Nothing is trusted but the
token's signature.
"""

import re

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.kit.tokens import Keyring

PREFIX = "b-"
# An address has at most 254 characters; wrappings of wrappings are still far below this.
_MOST = 1_000
_TOKEN = re.compile(rf"(?<![a-z0-9-]){PREFIX}([a-z2-7]{{{reader_token.LENGTH}}})(?![a-z0-9])")


def make_return_path(token: str, *, bounce_domain: str) -> str:
    """Return the address that bounces of this reader's copy come back to."""
    return f"{PREFIX}{token}@{bounce_domain}"


def parse_return_path(keyring: Keyring, address: str) -> ReaderToken | None:
    """Return whose delivery an envelope address proves; None if it proves none.

    Takes the plain address, `<…>`, `SRS0=…`, `SRS1=…`, `prvs=…` and `btv1==…` around it, in any
    case.
    """
    for found in _TOKEN.finditer(address[:_MOST].lower()):
        reader = reader_token.verify_reader_token(keyring, found[1])
        if reader is not None:
            return reader
    return None
