"""Which addresses are the open internet's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kit.public_ip import is_public_ip


@pytest.mark.parametrize(
    "address",
    [
        "192.0.0.192", "192.88.99.1", "168.63.129.16", "64:ff9b:1::808:808", "::127.0.0.1",
        "::8.8.8.8", "fec0::1", "2001:2::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1",
        "::ffff:0:127.0.0.1", "::ffff:0:808:808", "::fffe:7f00:1", "1::1", "200::1", "4000::1",
        "e000::1", "100:0:0:1::1", "64:ff9a::1",
        "2001:0:7f00:1::", "2606:4700::5efe:a00:1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_special_ranges_are_nobodys_site(address: str) -> None:
    assert not is_public_ip(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_others_are(address: str) -> None:
    assert is_public_ip(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public_ip(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public_ip(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_does_not_change_the_verdict(address: object) -> None:
    assert is_public_ip(f"::ffff:{address}") == is_public_ip(str(address))
