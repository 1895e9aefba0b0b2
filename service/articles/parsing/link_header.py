"""Pure: parse the Link header of an HTTP answer (RFC 8288)."""

import re
from collections.abc import Iterator

from service.articles.urls import absolute_url

_MAX_LENGTH = 20_000
# A target, and its parameters up to the next target. A quoted value may hold "<" and ",".
_LINK = re.compile(r"<([^<>]*+)>((?:[^<>\"]++|\"(?:[^\"\\]++|\\.)*+\")*+)")
_RELATION = re.compile(r";\s*+rel\s*+=\s*+(?:\"([^\"]*+)\"|([^\s;,\"]++))", re.IGNORECASE)


def linked_urls(header: str, relation: str, *, base: str) -> Iterator[str]:
    """Yield the URLs to which a Link header gives a relation, resolved against `base`.

    `relation` is compared regardless of case (RFC 8288, 2.1); what is no http(s) URL is left out.
    """
    for target, parameters in _LINK.findall(header[:_MAX_LENGTH]):
        found = _RELATION.search(parameters)
        relations = (found[1] or found[2] or "").lower().split() if found else []
        url = absolute_url(base, target, keep_origin=True)
        if relation.lower() in relations and url is not None:
            yield url
