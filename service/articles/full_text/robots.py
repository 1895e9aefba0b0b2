"""Pure: parse robots.txt by RFC 9309, in linear time, whatever it contains.

The longest rule that matches a path decides, and of equally long ones the one that allows; `*`
stands for any characters, `$` for the end. A group for Crieur overrides the one for all robots.
`Crawl-delay` is in no standard, but sites use it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlsplit

AGENT = "crieur"
"""The product token, which the User-Agent header begins with."""

MAX_LENGTH = 500_000
"""Bytes that are parsed; RFC 9309 asks for 500 KiB at least."""

MAX_DELAY = timedelta(seconds=120)
_MAX_RULES = 1_000
_MAX_PATTERN = 500
_MAX_PATH = 2_000
_LINE = re.compile(r"[ \t]*([A-Za-z-]{1,20})[ \t]*:([^#\r\n]*)")
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,3})?")
_TOKEN = re.compile(r"[a-z_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """What a site asks of Crieur: which paths, and how long between two requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    """Each pattern of paths, and whether they may be asked for."""
    delay: timedelta | None = None

    def allows(self, url: str) -> bool:
        """Return whether the page at a URL may be asked for."""
        parts = urlsplit(url)
        path = _encode(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")
        matching = [
            (len(pattern), allowed)
            for pattern, allowed in self.rules
            if _matches(pattern, path[:_MAX_PATH])
        ]
        return max(matching, default=(0, True))[1]


def parse_robots(data: bytes) -> RobotsRules:
    """Return the rules for Crieur in the bytes of a robots.txt; those for all robots if none."""
    groups: dict[str, list[tuple[str, str]]] = {}
    agents: list[str] = []
    is_head = False
    for name, value in _lines(data[:MAX_LENGTH].decode("utf-8", "replace")):
        if name == "user-agent":
            agents = [*agents, value.lower()] if is_head else [value.lower()]
            is_head = True
        elif name in {"allow", "disallow", "crawl-delay"}:
            is_head = False
            for agent in {_token(each) for each in agents} & {AGENT, "*"}:
                groups.setdefault(agent, []).append((name, value))
    return _rules(groups.get(AGENT) or groups.get("*") or [])


def is_allowed(data: bytes, url: str) -> tuple[bool, timedelta | None]:
    """Return whether a robots.txt lets Crieur ask for a URL, and the delay that it asks for."""
    found = parse_robots(data)
    return found.allows(url), found.delay


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.lstrip("\ufeff").splitlines():
        found = _LINE.match(line[: _MAX_PATTERN + 50])
        if found:
            yield found[1].lower(), found[2].strip()


def _token(agent: str) -> str:
    """Return the product token of a line: "Crieur/2.0 (x)" is for Crieur, too."""
    found = _TOKEN.match(agent)
    return found[0] if found else agent


def _rules(lines: list[tuple[str, str]]) -> RobotsRules:
    # "Disallow:" without a path allows everything: it is no rule.
    rules = [(_encode(value), name == "allow") for name, value in lines if value]
    patterns = [each for each in rules if each[0][:1] in {"/", "*"}][:_MAX_RULES]
    delays = [value for name, value in lines if name == "crawl-delay" and _NUMBER.fullmatch(value)]
    delay = min(timedelta(seconds=float(delays[0])), MAX_DELAY) if delays else None
    return RobotsRules(rules=tuple(patterns), delay=delay)


def _encode(path: str) -> str:
    """Return a path with one spelling: “é” and “%C3%A9” are the same letter."""
    return quote(path, safe="/:?#[]@!$&'()*+,;=~%-._")


def _matches(pattern: str, path: str) -> bool:
    """Return whether a path begins as a pattern says; each piece is looked for once."""
    is_anchored = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for place, piece in enumerate(pieces):
        if is_anchored and place == len(pieces) - 1:
            return len(path) - len(piece) >= at and path.endswith(piece)
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not is_anchored or at == len(path)
