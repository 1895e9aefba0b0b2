"""Pure: recognises the addresses in our bounce domain that mail may come back to.

`b-{token}@` takes bounces of one reader's mail, `u-{token}@` takes an unsubscribe by mail
(RFC 2369), `fbl@` takes the complaints of feedback loops, which write to one address of a sender,
and `postmaster@` is everybody's (RFC 5321, section 4.5.1). Being well-formed proves nothing: the
token's signature is checked beside this.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from service.audience import reader_token

_LOCAL = re.compile(rf"([bu])-([a-z2-7]{{{reader_token.LENGTH}}})")


class InboundAddressUse(StrEnum):
    """What an address is for."""

    BOUNCE = "b"
    UNSUBSCRIBE = "u"
    FEEDBACK = "fbl"
    POSTMASTER = "postmaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAddress:
    """An address of ours, taken apart; `fbl@` and `postmaster@` have no token."""

    use: InboundAddressUse
    token: str


def parse_inbound_address(address: str, *, bounce_domain: str) -> InboundAddress | None:
    """Take an address apart; None when it is none of ours."""
    plain = address.strip().strip("<>").lower()
    local, _at, domain = plain.rpartition("@")
    if plain != InboundAddressUse.POSTMASTER and domain.rstrip(".") != bounce_domain.lower():
        return None
    for use in (InboundAddressUse.FEEDBACK, InboundAddressUse.POSTMASTER):
        if use in (local, plain):
            return InboundAddress(use=use, token="")
    match = _LOCAL.fullmatch(local)
    if match is None:
        return None
    return InboundAddress(use=InboundAddressUse(match.group(1)), token=match.group(2))
