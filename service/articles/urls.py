"""Pure: normalise URLs, for storing and for comparing them.

A stored URL has no tracking parameters: they say where a reader came from, and one article would
have as many URLs as there are places that link to it. For comparing, everything else that leads to
the same page is removed, too.
"""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

# Parameters that mean nothing to the page itself, whatever their value.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|itm|hsa|ns|wt|stm|sc|vero|oly|ml|ss|_hs)_\w+|wt\.\w+"
    r"|at_(?:medium|campaign|custom\d|creation|variant|format|link\w*|term|recipient\w*|send_date)"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|epik|rdt_cid"
    r"|srsltid|igshid|igsh|mc_[ce]id|mkt_tok|_hsenc|_hsmi|hsctatracking|_ga|_gl|_openstat"
    r"|xtor|xtref|xts|xtcr|maca|cmp|cmpid|int_cmp|icid|ito|ocid|ncid|s_cid|mbid|smid|smtyp|ftag"
    r"|ref_src|ref_url|traffic_source|hss_channel|hss_meta|trk|trkcampaign|gaa_\w+|dicbo|tblci"
    r"|guccounter|guce_referrer\w*|__twitter_impression|spref|fb_(?:action|ref|source)\w*"
    r"|action_(?:object|type|ref)_map|echobox|sfnsn|mibextid|si_source",
    re.IGNORECASE,
)
# Parameters that some sites need: tracking only if the value names where a reader came from.
_AMBIGUOUS = frozenset(
    {
        *("ref", "source", "src", "from", "share", "via", "feed", "origin", "medium", "campaign"),
        *("mc", "referer", "referrer", "partner", "channel", "canal", "amp", "af", "output"),
        *("outputtype", "rss"),
    }
)
_ORIGIN_VALUES = re.compile(
    r"rss\w*|\w*[_-]?rss|feeds?|atom|xml|newsletter|mail|e-?mail|push|twitter|x|facebook|fb|whatsapp"
    r"|telegram|linkedin|instagram|tiktok|googlenews|google[-_]?news|flipboard|feedly|social"
    r"|r|amp|1|true|",
    re.IGNORECASE,
)
_INVALID_CHARACTERS = re.compile(r"[\x00-\x20<>\"\x7f]")
_LINE_BREAKS = re.compile(r"[\t\r\n]+")
_PLACEHOLDERS = frozenset({"n/a", "na", "none", "null", "undefined", "nan", "-", "#", "tbd"})
_DEFAULT_PORT = {"http": 80, "https": 443}
_LONGEST_URL = 2_000
_COPY_PATH = re.compile(r"/(?:amp|index\.(?:html?|php)|default\.aspx?)$", re.IGNORECASE)
_COPY_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_PLAIN_FRAGMENT = re.compile(r"[^=&:]{1,200}")


def clean_url(
    url: str | None, *, keep_fragment: bool = False, keep_origin: bool = False
) -> str | None:
    """Return a URL without tracking parameters and fragment; None if it is no http(s) URL.

    A fragment is kept on request, unless it is a tracking parameter (`#xtor=RSS-16`). So are
    parameters that would say where a reader came from: in a feed's own URL they say what it is
    (`?feed=rss2`).
    """
    if not url or len(url) > _LONGEST_URL:
        return None
    text = _LINE_BREAKS.sub("", url.strip()).replace(" ", "%20")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in _DEFAULT_PORT or not host or _INVALID_CHARACTERS.search(text):
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORT[parts.scheme.lower()]:
        host = f"{host}:{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not (_TRACKING.fullmatch(name) if keep_origin else is_tracking(name, value))
    ]
    kept = parts.query if len(query) == parts.query.count("&") + 1 else urlencode(query)
    fragment = parts.fragment if keep_fragment and _PLAIN_FRAGMENT.fullmatch(parts.fragment) else ""
    return urlunsplit(
        (parts.scheme.lower(), host, parts.path or "/", kept if query else "", fragment)
    )


def is_tracking(name: str, value: str) -> bool:
    """Return whether a query parameter only says where a reader came from."""
    if _TRACKING.fullmatch(name):
        return True
    return name.lower() in _AMBIGUOUS and bool(_ORIGIN_VALUES.fullmatch(value))


def absolute_url(
    base: str, link: object, *, keep_fragment: bool = False, keep_origin: bool = False
) -> str | None:
    """Resolve a link that may be relative, and clean it; None if that gives no http(s) URL."""
    text = str(link or "").strip()
    if not text or text.lower() in _PLACEHOLDERS:
        return None
    try:
        return clean_url(urljoin(base, text), keep_fragment=keep_fragment, keep_origin=keep_origin)
    except ValueError:
        return None


def url_alias(url: str) -> str:
    """Return the alias of a clean URL; URLs with the same alias lead to the same page.

    Equal are http and https, with and without www, a trailing slash or an index page, mobile and
    AMP copies, another order of parameters, and another percent-encoding.
    """
    parts = urlsplit(url)
    host = _COPY_HOST.sub("", parts.netloc)
    path = _COPY_PATH.sub("", _normalise_encoding(parts.path).rstrip("/")).rstrip("/")
    query = "&".join(sorted(_normalise_encoding(pair) for pair in parts.query.split("&") if pair))
    return f"url:{host}{path}{'?' if query else ''}{query}"


def is_front_page(url: str) -> bool:
    """Return whether a URL has only a host: it names a site, not an article."""
    parts = urlsplit(url)
    return not (parts.path.strip("/") + parts.query)


def _normalise_encoding(text: str) -> str:
    # %C3%A9, %c3%a9 and é are one letter; what is not UTF-8 is unchanged.
    try:
        return quote(unquote(text, errors="strict"), safe="/:@!$&'()*+,;=~-._")
    except UnicodeDecodeError:
        return text


def parse_article_url(url: str) -> str:
    """Return the URL that a person gives an article, cleaned and without its fragment.

    Raises:
        OperationRefused: it is no web address, holds credentials, or is a site's front page, which
            many articles have in common.
    """
    clean = clean_url(url)
    if clean is None:
        raise OperationRefused(translatable("fetch.not_a_web_address", url=repr(url[:200])))
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise OperationRefused(translatable("fetch.credentials"))
    if is_front_page(clean):
        raise OperationRefused(translatable("article.front_page", url=clean))
    return clean
