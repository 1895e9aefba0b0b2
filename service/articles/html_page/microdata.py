"""Pure: the schema.org description that news pages carry in microdata (HTML, section 5).

It is returned in the shape that JSON-LD has, so that both are read by the same functions. A page
that lists articles describes each of them: only the one that the page is about counts, which is the
only one, or the one with the page's headline.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from service.articles.html_page.jsonld import ARTICLE_TYPES
from service.articles.parsing.typography import fold, tidy

_TEXTS = frozenset(
    {
        *("headline", "name", "alternativeHeadline", "description", "abstract", "articleBody"),
        *("articleSection", "inLanguage", "datePublished", "dateModified"),
    }
)
_LINKS = frozenset({"image", "url", "mainEntityOfPage", "thumbnailUrl", "contentUrl"})
_PEOPLE = frozenset({"author", "creator", "publisher"})
_ATTRIBUTES = {"meta": "content", "time": "datetime", "data": "value", "meter": "value"}
_SOURCES = ("content", "href", "src", "data")
_MAX_TEXT = 200_000
_MAX_NAME = 1_000
# Items may hold each other, and each property all of the page: what is read of them is bounded.
_MAX_ITEMS = 20
_MAX_PEOPLE = 10
_MAX_PIECES = 3_000
_MAX_REFERENCES = 5
_MAX_REFERENCED_ELEMENTS = 200


def find_described_article(tree: Any) -> Mapping[str, Any]:
    """Return the article that a page describes in microdata; empty if it describes none.

    The names in the page's breadcrumbs are under "breadcrumb" if there are any.
    """
    items = list(islice(_items(tree, ARTICLE_TYPES), _MAX_ITEMS))
    found = [(item, _properties(item, tree)) for item in items]
    titled = [(item, described) for item, described in found if _titles(described)]
    crumbs = _breadcrumb(tree)
    chosen = _main(titled, tree)
    return {**chosen, **({"breadcrumb": crumbs} if crumbs else {})}


def _main(titled: list[tuple[Any, dict[str, Any]]], tree: Any) -> dict[str, Any]:
    if len(titled) == 1:
        return titled[0][1]
    headings = list(islice(tree.iter("h1"), 5))
    shown = {fold(_content(h1, _MAX_NAME)) for h1 in headings}
    holding = {element for h1 in headings for element in h1.iterancestors()}
    for item, described in titled:
        if item in holding or any(fold(text) in shown for text in _titles(described)):
            return described
    return {}


def _titles(described: Mapping[str, Any]) -> list[str]:
    return [described[name] for name in ("headline", "name") if described.get(name)]


def _items(tree: Any, types: frozenset[str]) -> Iterator[Any]:
    """Yield the items of one of the types of schema.org, in the order of the page."""
    for element in tree.iter():
        if element.get("itemscope") is not None and _types(element) & types:
            yield element


def _types(element: Any) -> set[str]:
    addresses = (element.get("itemtype") or "")[:_MAX_NAME].split()
    return {each.rpartition("/")[2] for each in addresses if "schema.org/" in each}


def _properties(item: Any, tree: Any) -> dict[str, Any]:
    """Return the properties of an item that matter here; the first value of each, all people."""
    described: dict[str, Any] = {}
    for element in _own_elements(item, tree):
        for name in (element.get("itemprop") or "")[:_MAX_NAME].split():
            if name in _PEOPLE:
                people = described.setdefault(name, [])
                if len(people) < _MAX_PEOPLE:
                    people.append({"name": _person(element, tree)})
            elif name in _LINKS:
                described[name] = described.get(name) or _link(element, tree)
            elif name in _TEXTS and name not in described:
                described[name] = _text(element)
    return described


def _own_elements(item: Any, tree: Any) -> Iterator[Any]:
    """Yield the elements whose properties are the item's: not those of the items inside it."""
    yield from _walk(list(reversed(item)))
    for root in _referenced(item, tree):
        yield from islice(_walk([root]), _MAX_REFERENCED_ELEMENTS)


def _walk(pending: list[Any]) -> Iterator[Any]:
    while pending:
        element = pending.pop()
        yield element
        if element.get("itemscope") is None:
            pending.extend(reversed(element))


def _referenced(item: Any, tree: Any) -> list[Any]:
    wanted = set((item.get("itemref") or "")[:_MAX_NAME].split()[:_MAX_REFERENCES])
    inside = set(item.iter()) if wanted else set()
    return [
        element
        for element in tree.iter()
        if wanted and element.get("id") in wanted and element not in inside
    ]


def _person(element: Any, tree: Any) -> str:
    """Return the name of a person or an organisation: an item of its own, a link or a text."""
    if element.get("itemscope") is not None:
        inner = _first(element, tree, "name")
        if inner is not None:
            return _text(inner)[:_MAX_NAME]
    return tidy(element.get("content") or _content(element, _MAX_NAME))


def _link(element: Any, tree: Any) -> str:
    """Return the address of an image or a page: an item of its own, or an attribute."""
    if element.get("itemscope") is not None:
        for name in ("url", "contentUrl"):
            inner = _first(element, tree, name)
            if inner is not None:
                return _address(inner)
    return _address(element)


def _address(element: Any) -> str:
    found = next((element.get(name) for name in _SOURCES if element.get(name)), "")
    return str(found or element.get("itemid") or "").strip()[:_MAX_NAME]


def _first(item: Any, tree: Any, name: str) -> Any:
    own = islice(_own_elements(item, tree), _MAX_NAME)
    return next((each for each in own if name in (each.get("itemprop") or "").split()), None)


def _text(element: Any) -> str:
    stated = element.get(_ATTRIBUTES.get(element.tag, "content")) or element.get("content")
    return tidy(stated or _content(element, _MAX_TEXT))


def _content(element: Any, limit: int) -> str:
    """Return the beginning of an element's text; its own size does not matter."""
    pieces, size = [], 0
    for piece in islice(element.itertext(), _MAX_PIECES):
        pieces.append(piece[:limit])
        size += len(piece)
        if size >= limit:
            break
    return "".join(pieces)[:limit]


def _breadcrumb(tree: Any) -> list[str]:
    trail = next(_items(tree, frozenset({"BreadcrumbList"})), None)
    if trail is None:
        return []
    steps = (
        element
        for element in islice(_own_elements(trail, tree), _MAX_NAME)
        if "itemListElement" in (element.get("itemprop") or "").split()
    )
    return [name for step in islice(steps, _MAX_PEOPLE) if (name := _person(step, tree))]
