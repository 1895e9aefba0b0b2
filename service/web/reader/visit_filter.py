"""Pure: is a request for a counted link or pixel a person's, or a program's that looks ahead?

Mail systems follow links to look for malware, and browsers fetch pages before anyone asks. Both say
so in most cases. A scanner that passes for a browser is counted: of both subjects alike.
"""

import re
from collections.abc import Mapping

_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_AHEAD_FIELDS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PROGRAM = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|monitor|headless|phantom|validator|"
    r"barracuda|mimecast|proofpoint|ironport|trendmicro|fortinet|symantec|forcepoint|safelinks|"
    r"curl/|wget|python|java/|okhttp|go-http-client|libwww|httpclient|axios|node-fetch|ruby|"
    r"facebookexternalhit|whatsapp|telegram|slack|discord|skype|embedly|quora|pinterest",
    re.IGNORECASE,
)
# Apple's Mail Privacy Protection fetches every picture of every message, opened or not, as this.
_BARE_BROWSER = "Mozilla/5.0"


def is_a_persons(headers: Mapping[str, str], *, is_head: bool = False) -> bool:
    """Return whether a request with these headers (names in lower case) counts as a visit."""
    agent = headers.get("user-agent", "").strip()
    if is_head or not agent or agent == _BARE_BROWSER or _PROGRAM.search(agent):
        return False
    return not any(_AHEAD.search(headers.get(name, "")) for name in _AHEAD_FIELDS)
