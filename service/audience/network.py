"""Pure: truncate an IP address to its network: enough for limits and proofs, not personal."""

from ipaddress import IPv6Address, ip_address, ip_network


def truncate_ip(address: str | None) -> str | None:
    """Return the /24 (IPv4) or /48 (IPv6) of an IP address; None if it is not an IP address."""
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ip_network(f"{ip}/48", strict=False))
        ip = ip.ipv4_mapped
    return str(ip_network(f"{ip}/24", strict=False))


def network_of(address: str | None) -> str:
    """Return the network that limits count by; everything that is no IP address is one network.

    A proxy may forward anything as an address, and an unreadable one must not escape the limits.
    """
    return truncate_ip(address) or "unknown"
