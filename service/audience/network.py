"""Pure: an IP address is cut to its network: enough to limit and to prove, too little to find."""

from ipaddress import IPv6Address, ip_address, ip_network


def truncate_ip(address: str | None) -> str | None:
    """Return the /24 (IPv4) or /48 (IPv6) that an address is in; None when it is not one."""
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
    """Return the network that limits count by; all that are no addresses are one network.

    A proxy may forward anything as an address: what cannot be read must not be without limits.
    """
    return truncate_ip(address) or "unknown"
