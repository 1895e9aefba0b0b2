"""Pure: recognises the addresses in our bounce domain that mail may come back to.

`b-{token}@` takes bounces of one reader's mail, `u-{token}@` takes an unsubscribe by mail
(RFC 2369), `fbl@` takes the complaints of feedback loops, which write to one address of a sender.
Being well-formed proves nothing: the token's signature is checked later.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from service.audience import reader_token

_LOCAL = re.compile(rf"([bu])-([a-z2-7]{{{reader_token.LENGTH}}})")


class Use(StrEnum):
    """What an address is for."""

    BOUNCE = "b"
    UNSUBSCRIBE = "u"
    FEEDBACK = "fbl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPath:
    """An address of ours, taken apart; that of feedback loops has no token."""

    use: Use
    token: str


def parse(address: str, *, bounce_domain: str) -> ReturnPath | None:
    """Take an address apart; None when it is none of ours."""
    local, _at, domain = address.strip().strip("<>").lower().rpartition("@")
    if domain.rstrip(".") != bounce_domain.lower():
        return None
    if local == Use.FEEDBACK:
        return ReturnPath(use=Use.FEEDBACK, token="")
    match = _LOCAL.fullmatch(local)
    if match is None:
        return None
    return ReturnPath(use=Use(match.group(1)), token=match.group(2))
