"""Pure: which redirect targets from a query or a form are safe."""

import re
from urllib.parse import unquote

HOME = "/console"

# One path below ours, and a query: no scheme, no host, and nothing that a browser would take for
# one after it has dropped or turned round what it does not like (WHATWG URL, section 4.4).
_INSIDE = re.compile(r"/console(?:/[A-Za-z0-9_.~%-]+)*/?(?:\?[A-Za-z0-9_.~%!$&'()*+,;=:@/?-]*)?")
_MOST = 2_000


def safe_redirect(address: str) -> str:
    """Return the address if it is one of the console's, the console's first page otherwise.

    A sign-in that redirects anywhere would help phishing.
    """
    if len(address) > _MOST or not _INSIDE.fullmatch(address):
        return HOME
    path = unquote(address.partition("?")[0])
    steps = path.split("/")
    if not path.isprintable() or "\\" in path or "" in steps[1:-1] or {".", ".."} & set(steps):
        return HOME
    return address
