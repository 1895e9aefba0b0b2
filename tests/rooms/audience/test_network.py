"""An IP address is truncated to its network."""

import pytest

from service.audience.network import network_of, truncate_ip


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        # An IPv4 client of a dual-stack socket.
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        # A link-local address with its interface.
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_an_address_is_truncated_to_its_network(address: str, network: str) -> None:
    assert truncate_ip(address) == network
    assert network_of(address) == network


@pytest.mark.parametrize("address", [None, "", "unix:", "203.0.113", "203.0.113.77:443"])
def test_what_is_no_address_shares_one_limit_and_is_not_stored(address: str | None) -> None:
    assert truncate_ip(address) is None
    assert network_of(address) == "unknown"
