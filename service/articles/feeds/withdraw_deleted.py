"""Withdraw the articles that their feed says are deleted, unless that is hard to believe."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.articles import queries
from service.articles.identity import aliases_of
from service.articles.parsed_article import ParsedArticle, ParsedFeed, Tombstone
from service.articles.withdraw import withdraw_all
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, translatable

log = get_logger(__name__)

RECENT = timedelta(days=30)
"""The articles of a feed that a withdrawal is compared with: these, not those of all its years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionResult:
    """How many articles were withdrawn, and a remark for the operator if none were believed."""

    withdrawn: int = 0
    remark: TranslatableMessage | None = None


def withdraw_deleted(
    session: Session, parsed_feed: ParsedFeed, *, feed_id: int, now: datetime
) -> DeletionResult:
    """Withdraw the articles that the feed has brought and lists as deleted (RFC 6721).

    Articles of other feeds, and of the publisher's events, stay. A feed that deletes more than half
    of its recent articles at a time is not believed: a mistake or a stranger may be the cause, and
    a withdrawal cannot be undone.
    """
    aliases = _deleted_aliases(parsed_feed, feed_id=feed_id)
    owners = queries.ids_by_alias(session, aliases) if aliases else {}
    deleted = queries.brought_by_feed(session, set(owners.values()), feed_id=feed_id)
    if not deleted:
        return DeletionResult()
    known = queries.count_recent(session, feed_id=feed_id, since=now - RECENT, or_ids=deleted)
    if len(deleted) * 2 > known:
        log.warning("feed.deletions_refused", feed=feed_id, deleted=len(deleted), known=known)
        remark = translatable("feed.deletions_refused", deleted=len(deleted), known=known)
        return DeletionResult(remark=remark)
    return DeletionResult(withdrawn=len(withdraw_all(session, deleted, now=now)))


def _deleted_aliases(parsed_feed: ParsedFeed, *, feed_id: int) -> list[str]:
    listed = {each.guid: each for each in parsed_feed.articles if each.guid}
    return [
        alias
        for each in parsed_feed.deleted
        if not _is_back(listed.get(each.guid), each)
        and (alias := aliases_of(ParsedArticle(title="", guid=each.guid), feed_id=feed_id).guid)
    ]


def _is_back(listed: ParsedArticle | None, tombstone: Tombstone) -> bool:
    """Return whether the feed lists the entry again, or still, after it was deleted."""
    if listed is None:
        return False
    at = listed.updated or listed.published
    return at is None or tombstone.deleted_at is None or at > tombstone.deleted_at
