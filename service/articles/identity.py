"""Pure: by which names an article is recognised when it comes again.

Its guid and its canonical URL are strong: whoever says the same one means the same article. An
article without either (most clippings) is recognised by headline and day; that name is weak,
because two articles may share it, so it is only asked for by those that have no other.
"""

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from service.articles.story import Story
from service.articles.typography import fold, tidy
from service.kit.slug import slug

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh|mc_cid|mc_eid|xtor"
    r"|at_(?:medium|campaign|custom\d|creation|variant|format)|_ga|_gl|ref_src|s_cid|cmpid|ncid",
    re.IGNORECASE,
)
_NO_ADDRESS = re.compile(r"[\x00-\x20<>\"\x7f]")
_DEFAULT_PORT = {"http": 80, "https": 443}
_GLOBAL_GUID = re.compile(r"^(?:tag|urn):", re.IGNORECASE)
_LONGEST_URL = 2_000


def clean_url(url: str | None) -> str | None:
    """Return a web address without tracking marks and fragment; None if it is not one."""
    if not url or len(url) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in _DEFAULT_PORT or not host or _NO_ADDRESS.search(url.strip()):
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORT[parts.scheme.lower()]:
        host = f"{host}:{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name)
    ]
    kept = parts.query if len(query) == parts.query.count("&") + 1 else urlencode(query)
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", kept if query else "", ""))


def absolute(base: str, link: object) -> str | None:
    """Resolve a link that may be relative; None when that gives no web address."""
    if not link:
        return None
    try:
        return clean_url(urljoin(base, str(link).strip()))
    except ValueError:
        return None


def url_alias(url: str) -> str:
    """Return the alias of a clean URL: http and https, with and without a last slash, are one."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return f"url:{parts.netloc.removeprefix('www.')}{path}{'?' if parts.query else ''}{parts.query}"


def strong_aliases(story: Story, *, feed_id: int | None = None) -> list[str]:
    """Return the names that mean this article and no other.

    A plain guid means something only within its feed; addresses, tags and URNs do everywhere.
    """
    aliases = []
    url = clean_url(story.url)
    if url is not None and urlsplit(url).path.strip("/") + urlsplit(url).query:
        aliases.append(url_alias(url))
    guid = tidy(story.guid or "")
    if guid:
        as_url = clean_url(guid)
        if as_url is not None:
            aliases.append(url_alias(as_url))
        else:
            scope = "" if _GLOBAL_GUID.match(guid) else f"{feed_id or ''}:"
            aliases.append(_short(f"guid:{scope}{guid}"))
    return list(dict.fromkeys(aliases))


def weak_alias(story: Story) -> str:
    """Return the name made of headline and day of publication."""
    day = f"{story.published:%Y-%m-%d}" if story.published else ""
    return "text:" + hashlib.sha256(f"{day}\n{fold(story.title)}".encode()).hexdigest()[:40]


def content_hash(story: Story) -> str:
    """Return the fingerprint of what readers would see."""
    parts = [
        story.title,
        slug(story.section or ""),
        story.summary,
        *story.body,
        "authors",
        *story.authors,
        "picture",
        story.image_url or "",
        story.image_alt or "",
        clean_url(story.url) or "",
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _short(alias: str) -> str:
    # An index entry has a limit; guids have none.
    if len(alias) <= 500:
        return alias
    return f"guid:{hashlib.sha256(alias.encode()).hexdigest()}"
