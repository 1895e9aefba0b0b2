"""Pure: in which section of a newsletter an article belongs, and why.

A newsletter's section rules are asked first, in their order; then what the feed files everything
under; then the article's own categories and tags, the first that is the name of a section. An
article that nothing files falls through, and the console says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from service.articles.parsing.typography import fold
from service.articles.sections import section_key


class RuleField(StrEnum):
    """What a section rule looks at."""

    CATEGORY = "category"
    PATH = "path"
    AUTHOR = "author"
    TAG = "tag"
    FEED = "feed"


class PlacementReason(StrEnum):
    """What has filed an article, or why nothing has."""

    RULE = "rule"
    LEFT_OUT = "left_out"
    FEED = "feed"
    CATEGORY = "category"
    SECTION = "section"
    # It names categories, and none of them is a section's.
    UNKNOWN_CATEGORY = "unknown_category"
    NO_CATEGORY = "no_category"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementRule:
    """Articles that fit belong in a section; `section` is its slug, None leaves them out."""

    id: int
    by: RuleField
    pattern: str
    section: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFacts:
    """What an article says of itself, and what its feed says of it."""

    categories: Sequence[str] = ()
    tags: Sequence[str] = ()
    url: str | None = None
    authors: Sequence[str] = ()
    feed_id: int | None = None
    # Where the feed files all its articles.
    feed_section: str | None = None
    section_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The section's slug, None for an article that goes nowhere; and why."""

    section: str | None
    why: PlacementReason
    rule_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlacer:
    """Files articles of one newsletter."""

    rules: Sequence[PlacementRule] = ()
    # Every slug and alias of a section → its slug.
    keys: Mapping[str, str] = field(default_factory=dict)

    def file(self, marks: ArticleFacts) -> Placement:
        """Return where an article belongs: what fits first decides."""
        for rule in self.rules:
            if rule_matches(rule, marks):
                why = PlacementReason.RULE if rule.section else PlacementReason.LEFT_OUT
                return Placement(section=rule.section, why=why, rule_id=rule.id)
        told = marks.feed_section
        if told and told in self.keys:
            return Placement(section=self.keys[told], why=PlacementReason.FEED)
        for name in (*marks.categories, *marks.tags):
            section = self.keys.get(section_key(name) or "")
            if section is not None:
                return Placement(section=section, why=PlacementReason.CATEGORY)
        section = self.keys.get(marks.section_key or "")
        if section is not None:
            return Placement(section=section, why=PlacementReason.SECTION)
        named = marks.categories or marks.tags or marks.section_key or told
        return Placement(
            section=None,
            why=PlacementReason.UNKNOWN_CATEGORY if named else PlacementReason.NO_CATEGORY,
        )


def rule_matches(rule: PlacementRule, marks: ArticleFacts) -> bool:
    """Tell whether a rule is about an article."""
    match rule.by:
        case RuleField.CATEGORY:
            named = marks.categories or ([marks.section_key] if marks.section_key else [])
            return _names(rule.pattern, named)
        case RuleField.TAG:
            # Most feeds do not tell tags from categories.
            return _names(rule.pattern, [*marks.tags, *marks.categories])
        case RuleField.AUTHOR:
            return fold(rule.pattern) in {fold(name) for name in marks.authors}
        case RuleField.FEED:
            return rule.pattern == str(marks.feed_id)
        case RuleField.PATH:
            return marks.url is not None and is_under_path(marks.url, rule.pattern)


def is_under_path(url: str, pattern: str) -> bool:
    """Tell whether an address lies under a path such as `/economie` or `/*/sport`.

    `*` stands for one part of the path. A pattern that starts with https:// names the host, too.
    """
    wanted, told = urlsplit(pattern), urlsplit(url)
    if wanted.netloc and _host(wanted.netloc) != _host(told.netloc):
        return False
    parts, own = _parts(wanted.path), _parts(told.path)
    while parts and parts[-1] == "*":
        parts.pop()
    return len(parts) <= len(own) and all(
        each in {"*", there} for each, there in zip(parts, own, strict=False)
    )


def _names(pattern: str, names: Sequence[str]) -> bool:
    return section_key(pattern) in {section_key(name) for name in names}


def _host(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _parts(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    return [part if part == "*" else section_key(unquote(part)) or part for part in parts]
