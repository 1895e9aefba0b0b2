"""Pure: the schema.org description that news pages carry in JSON-LD."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ARTICLE_TYPES = frozenset(
    {
        "NewsArticle",
        "Article",
        "BlogPosting",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "BackgroundNewsArticle",
        "ReviewNewsArticle",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "TechArticle",
    }
)
_PAGES = frozenset({"WebPage", "ItemPage", "NewsPage"})
_FROM_PAGE = ("datePublished", "dateModified", "inLanguage", "description")
_WRAPPED = re.compile(
    r"^(?:\s|<!--|//|/\*|\*/|<!\[CDATA\[)+|(?:\s|-->|//|/\*|\*/|\]\]>|;)+$", re.IGNORECASE
)
_LARGEST = 500_000
_REFERRING = frozenset({"author", "creator", "image"})
_DEEPEST = 6
_TRAILING_COMMA = re.compile(r",\s*+(?=[}\]])")
_CONTROL = re.compile(r"[\x00-\x1f]+")

_MAX_POSITION_DIGITS = 5


def find_article(scripts: Sequence[str]) -> Mapping[str, Any]:
    """Return the first article described in any of the scripts; empty if there is none.

    The page's own dates are added where the article has none, and its breadcrumbs as names under
    "breadcrumb".
    """
    nodes = [node for script in scripts for node in _nodes(_load(script), 0)]
    known = {other["@id"]: other for other in nodes if isinstance(other.get("@id"), str)}
    page = next((node for node in nodes if _PAGES & set(_types(node))), {})
    found = {key: page[key] for key in _FROM_PAGE if key in page}
    for node in nodes:
        if ARTICLE_TYPES & set(_types(node)) and text_of(node.get("headline") or node.get("name")):
            found |= {
                key: _resolve(value, known) if key in _REFERRING else value
                for key, value in node.items()
                if value
            }
            break
    lists = (node for node in nodes if "BreadcrumbList" in _types(node))
    return found | {"breadcrumb": next((steps for each in lists if (steps := _steps(each))), [])}


def _steps(crumbs: Mapping[str, Any]) -> list[str]:
    told = crumbs.get("itemListElement")
    items = [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    items.sort(key=lambda item: _number(item.get("position")))
    return [name for item in items if (name := text_of(item.get("name") or item.get("item")))]


def _number(position: Any) -> int:
    text = str(position)
    return (
        int(text)
        if text.isascii() and text.isdecimal() and len(text) <= _MAX_POSITION_DIGITS
        else 0
    )


def _resolve(value: Any, known: Mapping[str, Any]) -> Any:
    # {"@id": "#marie"} refers to the node with that id elsewhere on the page.
    if isinstance(value, list):
        return [_resolve(item, known) for item in value]
    if isinstance(value, dict) and isinstance(value.get("@id"), str):
        return {**known.get(value["@id"], {}), **value}
    return value


def text_of(value: Any) -> str:
    """Return a text that may be wrapped in a list or in a value object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), "")
    if isinstance(value, dict):
        return text_of(value.get("@value") or value.get("name") or "")
    return ""


def names_of(value: Any) -> list[str]:
    """Return the names of persons or organisations, however they are given."""
    if isinstance(value, list):
        return [name for item in value for name in names_of(item)]
    if isinstance(value, dict):
        name = value.get("name")
        return names_of(name) if isinstance(name, list) else [text_of(name)]
    if isinstance(value, str) and value.lstrip().startswith("{"):
        # Some programs put the description of a person into a string.
        described = _load(value)
        return names_of(described) if isinstance(described, dict) else []
    return [value] if isinstance(value, str) else []


def image_of(value: Any) -> tuple[str, str]:
    """Return address and description of an image given as text, object or list."""
    if isinstance(value, list):
        return next((found for item in value if (found := image_of(item))[0]), ("", ""))
    if isinstance(value, dict):
        address = text_of(value.get("url") or value.get("contentUrl") or value.get("@id"))
        return address, text_of(value.get("caption") or value.get("description"))
    return (value, "") if isinstance(value, str) else ("", "")


def _load(script: str) -> Any:
    if len(script) > _LARGEST:
        return None
    text = _WRAPPED.sub("", script[:200]) + script[200:]
    text = text[:-200] + _WRAPPED.sub("", text[-200:])
    for attempt in (text, _TRAILING_COMMA.sub("", _CONTROL.sub(" ", text))):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in (
            "@graph",
            "mainEntity",
            "mainEntityOfPage",
            "hasPart",
        ):
            yield from _nodes(value.get(key), depth + 1)


def _types(node: Mapping[str, Any]) -> list[str]:
    told = node.get("@type")
    names = told if isinstance(told, list) else [told]
    return [str(name).rpartition("/")[2] for name in names if name]
