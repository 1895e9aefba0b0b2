"""Pure: place an article in a section of a newsletter, with the reason.

What an operator has filed stays there. Otherwise a newsletter's section rules come first, in their
order; then the feed's section; then the article's own categories and tags, the first that is the
name of a section. An article that nothing places falls through and is in no edition; the console
lists it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from service.articles.parsing.typography import fold
from service.articles.sections import section_key


class RuleField(StrEnum):
    """The field of an article that a section rule compares."""

    CATEGORY = "category"
    PATH = "path"
    AUTHOR = "author"
    TAG = "tag"
    FEED = "feed"


class PlacementReason(StrEnum):
    """What placed an article, or why nothing did."""

    REFILED = "refiled"
    RULE = "rule"
    LEFT_OUT = "left_out"
    FEED = "feed"
    CATEGORY = "category"
    SECTION = "section"
    # It has categories, and none of them names a section.
    UNKNOWN_CATEGORY = "unknown_category"
    NO_CATEGORY = "no_category"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRule:
    """Places matching articles in a section; `section` is its slug, None leaves them out.

    What a rule says is breaking makes alerts. Such a rule without a section places nothing.
    """

    id: int
    field: RuleField
    pattern: str
    section: str | None
    is_breaking: bool = False

    @property
    def places(self) -> bool:
        """Whether the rule decides where an article belongs."""
        return self.section is not None or not self.is_breaking


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFacts:
    """What placement compares: an article's own fields, and those of its feed."""

    categories: Sequence[str] = ()
    tags: Sequence[str] = ()
    url: str | None = None
    authors: Sequence[str] = ()
    feed_id: int | None = None
    # The key of the section in which the feed places all its articles.
    feed_section: str | None = None
    section_key: str | None = None
    # The key of the section in which an operator has filed it.
    refiled_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The slug of an article's section, None if it has none; and the reason."""

    section: str | None
    reason: PlacementReason
    rule_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlacer:
    """Places the articles of one newsletter in its sections."""

    rules: Sequence[PlacementRule] = ()
    # Every slug and alias of a section → its slug.
    section_by_key: Mapping[str, str] = field(default_factory=dict)

    def place(self, facts: ArticleFacts) -> Placement:
        """Return an article's placement: the first match decides."""
        refiled = self.section_by_key.get(facts.refiled_key or "")
        if refiled is not None:
            return Placement(section=refiled, reason=PlacementReason.REFILED)
        for rule in self.rules:
            if rule.places and rule_matches(rule, facts):
                reason = PlacementReason.RULE if rule.section else PlacementReason.LEFT_OUT
                return Placement(section=rule.section, reason=reason, rule_id=rule.id)
        feed_section = facts.feed_section
        if feed_section and feed_section in self.section_by_key:
            return Placement(section=self.section_by_key[feed_section], reason=PlacementReason.FEED)
        for name in (*facts.categories, *facts.tags):
            section = self.section_by_key.get(section_key(name) or "")
            if section is not None:
                return Placement(section=section, reason=PlacementReason.CATEGORY)
        section = self.section_by_key.get(facts.section_key or "")
        if section is not None:
            return Placement(section=section, reason=PlacementReason.SECTION)
        named = facts.categories or facts.tags or facts.section_key or feed_section
        return Placement(
            section=None,
            reason=PlacementReason.UNKNOWN_CATEGORY if named else PlacementReason.NO_CATEGORY,
        )

    def is_breaking(self, facts: ArticleFacts) -> bool:
        """Return whether a rule says that such an article is breaking, wherever it stands."""
        return any(rule.is_breaking and rule_matches(rule, facts) for rule in self.rules)


def rule_matches(rule: PlacementRule, facts: ArticleFacts) -> bool:
    """Return whether a rule matches an article."""
    match rule.field:
        case RuleField.CATEGORY:
            named = facts.categories or ([facts.section_key] if facts.section_key else [])
            return _names(rule.pattern, named)
        case RuleField.TAG:
            # Most feeds do not distinguish tags from categories.
            return _names(rule.pattern, [*facts.tags, *facts.categories])
        case RuleField.AUTHOR:
            return _folded(rule.pattern) in {_folded(name) for name in facts.authors}
        case RuleField.FEED:
            return rule.pattern == str(facts.feed_id)
        case RuleField.PATH:
            return facts.url is not None and is_under_path(facts.url, rule.pattern)


def is_under_path(url: str, pattern: str) -> bool:
    """Return whether a URL is under a path such as `/economie` or `/*/sport`.

    `*` stands for one segment of the path. A pattern with https:// compares the host, too.
    """
    host, wanted = _split_pattern(pattern)
    own_host, path = _split_address(url)
    if host and host != _host(own_host):
        return False
    # What follows, such as the article's own name, is not compared.
    own = [part for part in path.split("/") if part]
    return len(wanted) <= len(own) and all(
        each in {"*", _segment(there)} for each, there in zip(wanted, own, strict=False)
    )


def _split_address(url: str) -> tuple[str, str]:
    """Return host and path; 100,000 addresses are split for a large edition, and most are plain."""
    plain = _PLAIN_ADDRESS.fullmatch(url)
    if plain is not None:
        return plain[1], plain[2]
    parts = urlsplit(url)
    return parts.netloc, parts.path


_PLAIN_ADDRESS = re.compile(r"https?://([a-z0-9.-]+)(/[A-Za-z0-9/._~%-]*)")


@lru_cache(maxsize=1_000)
def _split_pattern(pattern: str) -> tuple[str, tuple[str, ...]]:
    """Return the host of a pattern, empty without one, and its segments up to the last named."""
    wanted = urlsplit(pattern)
    parts = [_segment(part) for part in wanted.path.split("/") if part]
    while parts and parts[-1] == "*":
        parts.pop()
    return _host(wanted.netloc), tuple(parts)


@lru_cache(maxsize=10_000)
def _folded(name: str) -> str:
    return fold(name)


def _names(pattern: str, names: Sequence[str]) -> bool:
    return section_key(pattern) in {section_key(name) for name in names}


def _host(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _segment(part: str) -> str:
    return part if part == "*" else section_key(unquote(part)) or part
