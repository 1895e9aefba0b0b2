import pytest

from service.audience import reader_token
from service.outcomes.parsing.inbound_address import (
    InboundAddress,
    InboundAddressUse,
    parse_inbound_address,
)

DOMAIN = "bounces.crieur.test"
TOKEN = "a" * reader_token.LENGTH


@pytest.mark.parametrize(
    ("address", "use", "token"),
    [
        (f"b-{TOKEN}@{DOMAIN}", InboundAddressUse.BOUNCE, TOKEN),
        (f"<B-{TOKEN.upper()}@{DOMAIN.upper()}.>", InboundAddressUse.BOUNCE, TOKEN),
        (f"u-{TOKEN}@{DOMAIN}", InboundAddressUse.UNSUBSCRIBE, TOKEN),
        (f"fbl@{DOMAIN}", InboundAddressUse.FEEDBACK, ""),
        (f"postmaster@{DOMAIN}", InboundAddressUse.POSTMASTER, ""),
        ("Postmaster", InboundAddressUse.POSTMASTER, ""),
    ],
)
def test_an_address_of_ours_is_parsed(address: str, use: InboundAddressUse, token: str) -> None:
    parsed = parse_inbound_address(address, bounce_domain=DOMAIN)

    assert parsed == InboundAddress(use=use, token=token)


@pytest.mark.parametrize(
    "address",
    [
        "",
        f"b-{TOKEN}@elsewhere.test",
        f"b-{TOKEN}x@{DOMAIN}",
        f"x-{TOKEN}@{DOMAIN}",
        f"b-{TOKEN[:-1]}1@{DOMAIN}",
        f"someone@{DOMAIN}",
    ],
)
def test_any_other_address_gives_none(address: str) -> None:
    assert parse_inbound_address(address, bounce_domain=DOMAIN) is None
