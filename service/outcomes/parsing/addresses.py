"""Pure: finds addresses in the text of reports, loosely.

What a report writes is only compared with addresses we know, so this is no validation: it takes
what a mail server could have meant and leaves out its decorations.
"""

import re

# A local part has at most 64 characters, but forwarders wrap whole addresses in one (SRS).
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){0,10}[A-Za-z0-9-]{0,62}[A-Za-z0-9]"
_ADDRESS = re.compile(
    rf'(?<![A-Za-z0-9!#$%&*+/=?^_`{{|}}~.-])(?:{_LOCAL}|"[^"\s@]{{1,64}}")@{_DOMAIN}'
)
_QUOTES = "'`"


def find_addresses(text: str) -> list[str]:
    """Return the addresses of a text in order, each once, in lower case."""
    found = (clean_address(match.group()) for match in _ADDRESS.finditer(text))
    return list(dict.fromkeys(address for address in found if address))


def first_address(text: str) -> str:
    """Return a text's first address, or nothing."""
    return next(iter(find_addresses(text)), "")


def clean_address(address: str) -> str:
    """Take the quotation marks and full stops around an address away."""
    local, _at, domain = address.strip().lower().rpartition("@")
    local = local.strip(_QUOTES).strip('"')
    domain = domain.strip(".-")
    return f"{local}@{domain}" if local and domain else ""
