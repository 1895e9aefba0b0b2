"""Pure: which IP addresses are on the open internet, and which lead into a private network."""

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that was ever given out for the internet (RFC 4291, section 2.4; IANA's registry).

What is elsewhere has a use of its own, as IPv4 that is translated has (::ffff:0:0:0/96), or none.
"""
# Python calls these global, or did: no site is published there (RFC 6890 and its registries).
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocols; some clouds serve their secrets there.
        "192.88.99.0/24",  # The relays of 6to4.
        "168.63.129.16/32",  # A cloud's own services.
        "2001::/23",
        "3fff::/20",
    )
)
_TEREDO = ipaddress.ip_network("2001::/32")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def is_public_ip(address: str) -> bool:
    """Tell whether an IP address is on the open internet, also when wrapped in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _wrapped(ip)
        if inner is not None:
            return all(is_public_ip(str(each)) for each in inner)
        if ip not in _UNICAST:
            return False
    if any(ip in network for network in _SPECIAL if network.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast


def _wrapped(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address] | None:
    """Return the IPv4 addresses that an IPv6 address leads to; None for one of its own."""
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in _NAT64:
        return [last]
    if ip in _TEREDO:
        return list(ip.teredo or ())
    if (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return [last] if ip.is_global else [ipaddress.IPv4Address("127.0.0.1")]
    inner = ip.ipv4_mapped or ip.sixtofour
    return [inner] if inner else None
