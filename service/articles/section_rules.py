"""A newsletter's section rules: add, order, remove; and a preview of what they do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from service.articles import placement_queries, queries
from service.articles.placement import (
    ArticleFacts,
    Placement,
    PlacementRule,
    RuleField,
    SectionPlacer,
    rule_matches,
)
from service.articles.sections import section_key
from service.articles.tables import Article, SectionRule
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.languages import language_of
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters.details import NewsletterDetails, SectionDetails

log = get_logger(__name__)

MAX_RULES = 200
_MAX_PATTERN_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementPreview:
    """A recent article: what the rules compare, and where they place it."""

    article_id: int
    title: str
    url: str | None
    # The section that the article itself names.
    section: str | None
    language: str | None
    categories: Sequence[str]
    tags: Sequence[str]
    authors: Sequence[str]
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPlacement:
    """An article that a rule matches, as it is placed now, and as it would be with the rule."""

    article: PlacementPreview
    then: Placement

    @property
    def is_changed(self) -> bool:
        """Whether the rule would place it elsewhere."""
        return self.article.placement.section != self.then.section


def list_rules(session: Session, newsletter: NewsletterDetails) -> list[PlacementRule]:
    """Return the rules of a newsletter in their order, without those for retired sections."""
    slug_of = {section.id: section.slug for section in newsletter.current_sections}
    return [
        PlacementRule(
            id=rule.id,
            field=RuleField(rule.kind),
            pattern=rule.pattern,
            section=slug_of[rule.section_id] if rule.section_id is not None else None,
            is_breaking=rule.is_breaking,
        )
        for rule in placement_queries.section_rules(session, newsletter.id)
        # A rule for a retired section is inactive until the section is back.
        if rule.section_id is None or rule.section_id in slug_of
    ]


def placer_for(session: Session, newsletter: NewsletterDetails) -> SectionPlacer:
    """Return what places the articles of a newsletter, by its current rules and sections."""
    return SectionPlacer(
        rules=list_rules(session, newsletter),
        section_by_key={
            key: section.slug
            for section in reversed(newsletter.current_sections)
            for key in (section.slug, *section.aliases)
        },
    )


def add_rule(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    newsletter: NewsletterDetails,
    *,
    field: RuleField,
    pattern: str,
    section: str | None,
    place: int | None = None,
    is_breaking: bool = False,
) -> int:
    """Add a rule at position `place` (1 is the first), or last; return its id.

    `section` is a section's slug, name or alias; None leaves matching articles out. What matches is
    breaking with `is_breaking`; such a rule without a section places nothing.

    Raises:
        Invalid: the pattern can match nothing, or the newsletter has no such section.
        Conflict: the rule exists already, or there are too many.
    """
    cleaned = _clean_pattern(session, newsletter, field, pattern)
    section_id = _section_id(newsletter, section)
    rules = placement_queries.section_rules(session, newsletter.id, lock=True)
    if len(rules) >= MAX_RULES:
        raise Conflict(translatable("section_rule.too_many", limit=MAX_RULES))
    places = section is not None or not is_breaking
    if any((each.kind, each.pattern, each.places) == (field, cleaned, places) for each in rules):
        raise Conflict(translatable("section_rule.exists"))
    at = len(rules) if place is None else max(0, min(place - 1, len(rules)))
    new = SectionRule(
        newsletter_id=newsletter.id,
        position=at,
        kind=field,
        pattern=cleaned,
        section_id=section_id,
        is_breaking=is_breaking,
    )
    _renumber([*rules[:at], new, *rules[at:]])
    rule_id = placement_queries.add_section_rule(session, new)
    log.info("section_rule.added", newsletter=newsletter.id, rule=rule_id)
    return rule_id


def remove_rule(session: Session, newsletter: NewsletterDetails, rule_id: int) -> None:
    """Remove a rule. Raises NotFound."""
    rules = placement_queries.section_rules(session, newsletter.id, lock=True)
    removed = _find_rule(rules, rule_id)
    placement_queries.delete_section_rule(session, removed)
    _renumber([each for each in rules if each is not removed])
    log.info("section_rule.removed", newsletter=newsletter.id, rule=rule_id)


def move_rule(session: Session, newsletter: NewsletterDetails, rule_id: int, *, by: int) -> None:
    """Move a rule `by` places down, or up if negative. Raises NotFound."""
    rules = placement_queries.section_rules(session, newsletter.id, lock=True)
    moved = _find_rule(rules, rule_id)
    at = max(0, min(rules.index(moved) + by, len(rules) - 1))
    others = [each for each in rules if each is not moved]
    _renumber([*others[:at], moved, *others[at:]])


def order_rules(session: Session, newsletter: NewsletterDetails, rule_ids: Sequence[int]) -> None:
    """Put rules in this order, before any that are not named. Raises NotFound."""
    rules = placement_queries.section_rules(session, newsletter.id, lock=True)
    first = [_find_rule(rules, each) for each in dict.fromkeys(rule_ids)]
    _renumber([*first, *(each for each in rules if each not in first)])


def try_rule(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    newsletter: NewsletterDetails,
    *,
    field: RuleField,
    pattern: str,
    section: str | None,
    place: int | None,
    limit: int,
    is_breaking: bool = False,
) -> list[TriedPlacement]:
    """Return what a rule would change for the last articles, were it added; nothing is stored.

    They are those that it matches, the newest first, with where they are now and where they would
    be.

    Raises:
        Invalid: as `add_rule`.
    """
    cleaned = _clean_pattern(session, newsletter, field, pattern)
    target = None if section is None else section_by_name(newsletter, section).slug
    new = PlacementRule(id=0, field=field, pattern=cleaned, section=target, is_breaking=is_breaking)
    before = placer_for(session, newsletter)
    rules = list(before.rules)
    rules.insert(len(rules) if place is None else max(0, place - 1), new)
    after = replace(before, rules=rules)
    return [
        TriedPlacement(
            article=_preview(article, before.place(facts), facts), then=after.place(facts)
        )
        for article, facts in _recent(session, newsletter, since=None, limit=limit)
        if rule_matches(new, facts)
    ]


def preview_placements(
    session: Session, newsletter: NewsletterDetails, *, since: datetime, limit: int = 200
) -> list[PlacementPreview]:
    """Return the news since `since` that the newsletter could take, and where each is placed."""
    placer = placer_for(session, newsletter)
    return [
        _preview(article, placer.place(facts), facts)
        for article, facts in _recent(session, newsletter, since=since, limit=limit)
    ]


def _recent(
    session: Session, newsletter: NewsletterDetails, *, since: datetime | None, limit: int
) -> list[tuple[Article, ArticleFacts]]:
    rows = placement_queries.list_for_placement(
        session,
        newsletter_id=newsletter.id,
        language=language_of(newsletter.locale),
        since=since,
        limit=limit,
    )
    return [
        (
            article,
            facts_of(
                article,
                placed_key=placed_key,
                feed_id=feed_id,
                feed_section=feed_section,
                refiled=bool(refiled),
            ),
        )
        for article, placed_key, feed_id, feed_section, refiled in rows
    ]


def _preview(article: Article, placement: Placement, facts: ArticleFacts) -> PlacementPreview:
    return PlacementPreview(
        article_id=article.id,
        title=article.title,
        url=article.url,
        section=article.section,
        language=article.language,
        categories=facts.categories,
        tags=facts.tags,
        authors=facts.authors,
        placement=placement,
    )


class MatchedArticle(Protocol):
    """An article, or a row with the columns that placement compares."""

    @property
    def categories(self) -> Sequence[str]:
        """The categories that its source gave it."""

    @property
    def tags(self) -> Sequence[str]:
        """Its tags."""

    @property
    def url(self) -> str | None:
        """Its address."""

    @property
    def authors(self) -> Sequence[str]:
        """The names of its authors."""

    @property
    def section_key(self) -> str | None:
        """The key of the section that its source named."""


def facts_of(
    article: MatchedArticle,
    *,
    placed_key: str | None,
    feed_id: int | None,
    feed_section: str | None,
    refiled: bool = False,
) -> ArticleFacts:
    """Return what placement compares of an article; `refiled` says who has placed it."""
    # Its feed was removed, or not stored yet: it stays where it was placed then.
    old = placed_key if feed_id is None else None
    return ArticleFacts(
        categories=article.categories,
        tags=article.tags,
        url=article.url,
        authors=article.authors,
        feed_id=feed_id,
        feed_section=feed_section or old,
        section_key=old or article.section_key,
        refiled_key=placed_key if refiled else None,
    )


def _clean_pattern(
    session: Session, newsletter: NewsletterDetails, field: RuleField, pattern: str
) -> str:
    cleaned = " ".join(pattern.split())
    if not cleaned or len(cleaned) > _MAX_PATTERN_LENGTH:
        raise Invalid(translatable("section_rule.pattern_length"))
    if (
        field in {RuleField.CATEGORY, RuleField.TAG, RuleField.AUTHOR}
        and section_key(cleaned) is None
    ):
        raise Invalid(translatable("section_rule.no_letter"))
    if field is RuleField.PATH and not cleaned.startswith(("/", "http://", "https://")):
        raise Invalid(translatable("section_rule.path"))
    if field is RuleField.FEED:
        feeds = {str(feed.id) for feed in queries.feeds(session, newsletter_id=newsletter.id)}
        if cleaned not in feeds:
            raise Invalid(translatable("section_rule.no_feed"))
    return cleaned


def _section_id(newsletter: NewsletterDetails, section: str | None) -> int | None:
    return None if section is None else section_by_name(newsletter, section).id


def section_by_name(newsletter: NewsletterDetails, section: str) -> SectionDetails:
    """Return a newsletter's section by its name or one of its aliases.

    Raises:
        Invalid: it has none of this name; the message lists those that it has.
    """
    key = section_key(section)
    for each in newsletter.current_sections:
        if key in {each.slug, *each.aliases}:
            return each
    raise Invalid(
        translatable(
            "section_rule.no_section",
            section=section[:80],
            sections=[each.name for each in newsletter.current_sections],
        )
    )


def _find_rule(rules: Sequence[SectionRule], rule_id: int) -> SectionRule:
    found = next((each for each in rules if each.id == rule_id), None)
    if found is None:
        raise NotFound("This newsletter has no such rule.")
    return found


def _renumber(rules: Sequence[SectionRule]) -> None:
    for position, rule in enumerate(rules):
        rule.position = position
