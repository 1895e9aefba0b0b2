"""Pure: an address as a page shows it to whoever holds a link: known again, but not given away.

Mails with personal links are forwarded. The reader knows `a…@e….org` for theirs; somebody else
learns no address from it, and not that of a short name either: `mo@…` would be nearly all of it.
"""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LEAST = 4
"""Names shorter than this show nothing: one letter of three is too much of them."""


def mask_address(address: str) -> str:
    """Return `a…@e….org` for `awa.kone@example.org`, and `…@….ci` for `awa@ab.ci`."""
    local, _, domain = address.rpartition("@")
    name, _, suffix = domain.rpartition(".")
    return f"{_hint(local)}@{_hint(_as_read(name))}.{suffix}" if name else ELLIPSIS


def _hint(name: str) -> str:
    return f"{name[0]}{ELLIPSIS}" if len(name) >= _LEAST and name[0].isalnum() else ELLIPSIS


def _as_read(domain: str) -> str:
    """Return an international domain as its reader writes it; `xn--…` would say nothing."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
