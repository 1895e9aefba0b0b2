"""Pure: mask an address for a page that anybody with the link can open.

Messages with personal links are forwarded. The reader recognises `a…@e….org`; another person
learns no address from it. Short names are masked completely: `mo@…` would reveal nearly all.
"""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LEAST = 4
"""Names shorter than this are masked completely."""


def mask_address(address: str) -> str:
    """Return `a…@e….org` for `awa.kone@example.org`, and `…@….ci` for `awa@ab.ci`."""
    local, _, domain = address.rpartition("@")
    name, _, suffix = domain.rpartition(".")
    return f"{_hint(local)}@{_hint(_as_read(name))}.{suffix}" if name else ELLIPSIS


def _hint(name: str) -> str:
    return f"{name[0]}{ELLIPSIS}" if len(name) >= _LEAST and name[0].isalnum() else ELLIPSIS


def _as_read(domain: str) -> str:
    """Return an international domain in Unicode; a reader does not recognise `xn--…`."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
