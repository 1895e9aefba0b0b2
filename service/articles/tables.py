"""Tables: feeds, articles, their aliases, their placement in sections, and section rules."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Interval, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.articles.lifecycle import HUB_SUBSCRIPTION, HubSubscriptionState
from service.kit.db import Base, timestamptz, type_id
from service.kit.state_column import StateType, state_constraint
from service.kit.translatable import TranslatableMessage


class Feed(Base):
    """An address we poll for articles of one newsletter."""

    __tablename__ = "feed"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "url"),
        CheckConstraint("kind IN ('feed', 'wordpress')", name="kind"),
        Index("ix_feed_next_poll_at", "next_poll_at", postgresql_where="paused_at IS NULL"),
    )

    id: Mapped[type_id]
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id", ondelete="CASCADE"))
    # What the address is (`service.articles.feed_kind`), and so how it is read.
    kind: Mapped[str] = mapped_column(server_default="feed")
    url: Mapped[str]
    title: Mapped[str | None]
    # Places articles in this section, whatever section they name themselves.
    section_key: Mapped[str | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    # Whether the texts of its articles are taken from their pages where it has only teasers.
    full_text: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    every: Mapped[timedelta] = mapped_column(Interval(), server_default="5 minutes")
    next_poll_at: Mapped[timestamptz]
    polled_at: Mapped[timestamptz | None]
    # How many items the last answer listed, and the newest date among them; for WordPress, of all
    # answers: the next poll asks for what is newer.
    items: Mapped[int | None]
    newest_at: Mapped[timestamptz | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[TranslatableMessage | None]
    # What an operator should know about a feed that can be parsed nevertheless.
    remark: Mapped[TranslatableMessage | None]
    paused_at: Mapped[timestamptz | None]
    created_at: Mapped[timestamptz]


class Article(Base):
    """One published item."""

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_first_seen_at", "first_seen_at"),
        Index("ix_article_section_key", "section_key", "first_seen_at"),
        # Used by polls, which look up their feed's articles, and by the removal of a feed.
        Index("ix_article_feed_id", "feed_id", "id", postgresql_where="feed_id IS NOT NULL"),
        # What was changed recently, which editions query again and again.
        Index(
            "ix_article_withdrawn_at", "withdrawn_at", postgresql_where="withdrawn_at IS NOT NULL"
        ),
        Index("ix_article_revised_at", "revised_at", postgresql_where="revised_at IS NOT NULL"),
    )

    id: Mapped[type_id]
    # How it came in: event, feed, page or clipping.
    kind: Mapped[str]
    # Any newsletter may take it; otherwise only those whose feeds listed it.
    publication_wide: Mapped[bool] = mapped_column(Boolean())
    # The feed that brought it first; only this one revises it.
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id", ondelete="SET NULL"))
    # Old when it was first seen: stored, but not news.
    backlog: Mapped[bool] = mapped_column(Boolean(), server_default="false")
    url: Mapped[str | None]
    section: Mapped[str | None]
    section_key: Mapped[str | None]
    # All categories and tags as the site names them; section rules compare them.
    categories: Mapped[list[str]] = mapped_column(server_default="{}")
    tags: Mapped[list[str]] = mapped_column(server_default="{}")
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(server_default="")
    body: Mapped[list[str]] = mapped_column(server_default="{}")
    authors: Mapped[list[str]] = mapped_column(server_default="{}")
    related: Mapped[list[str]] = mapped_column(server_default="{}")
    image_url: Mapped[str | None]
    image_alt: Mapped[str | None]
    language: Mapped[str | None]
    # As the publisher gives them, never used for windows.
    published_at: Mapped[timestamptz | None]
    updated_at: Mapped[timestamptz | None]
    # Its own date, or that of its neighbours in the feed; compared with a newsletter's horizon.
    # NULL: unknown, or it did not come by a feed; it is news.
    dated_at: Mapped[timestamptz | None]
    first_seen_at: Mapped[timestamptz]
    revised_at: Mapped[timestamptz | None]
    withdrawn_at: Mapped[timestamptz | None]
    content_hash: Mapped[str]
    # When its text was taken from its page; a feed's teaser does not replace that text.
    full_text_at: Mapped[timestamptz | None]
    # What an operator has corrected, by column: what its source says there. The correction holds
    # until the source says something else.
    corrections: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class ArticleAlias(Base):
    """An alias of an article: guid, canonical URL, or hash of headline and day."""

    __tablename__ = "article_alias"

    alias: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    # Several articles have it: it identifies none.
    shared: Mapped[bool] = mapped_column(Boolean(), server_default="false")


class ArticlePlacement(Base):
    """The section of a newsletter in which a feed of it, or an operator, has placed an article."""

    __tablename__ = "article_filing"

    newsletter_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter.id", ondelete="CASCADE"), primary_key=True
    )
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    section_key: Mapped[str | None]
    # The feed that listed it first; another one of the newsletter does not place it again.
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id", ondelete="SET NULL"))
    # An operator has filed it here: neither a rule nor its feed places it elsewhere.
    refiled: Mapped[bool] = mapped_column(Boolean(), server_default="false")


class FullTextRequest(Base):
    """An article's page that is asked for because its feed has only a teaser."""

    __tablename__ = "full_text_request"
    __table_args__ = (
        Index(
            "ix_full_text_request_next_try_at",
            "next_try_at",
            postgresql_where="next_try_at IS NOT NULL",
        ),
    )

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    # Scheme and host of its page, which `visited_host` has a row for.
    host: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default="0")
    # NULL: done, or given up.
    next_try_at: Mapped[timestamptz | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]


class VisitedHost(Base):
    """A site whose pages are asked for: when the next request may begin, and its robots.txt."""

    __tablename__ = "visited_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    next_visit_at: Mapped[timestamptz]
    robots: Mapped[bytes | None]
    robots_at: Mapped[timestamptz | None]


class HubSubscription(Base):
    """A feed's subscription at a WebSub hub."""

    __tablename__ = "websub_subscription"
    __table_args__ = (
        state_constraint(HUB_SUBSCRIPTION),
        Index(
            "ix_websub_subscription_next_try_at",
            "next_try_at",
            postgresql_where="next_try_at IS NOT NULL",
        ),
    )

    id: Mapped[type_id]
    # NULL: its feed was removed, or names another hub; the hub is to be left.
    feed_id: Mapped[int | None] = mapped_column(
        ForeignKey("feed.id", ondelete="SET NULL"), unique=True
    )
    hub_url: Mapped[str]
    topic_url: Mapped[str]
    # In the callback's address, which only the hub knows.
    token: Mapped[str] = mapped_column(unique=True)
    # With which the hub signs what it sends.
    secret: Mapped[str]
    state: Mapped[HubSubscriptionState] = mapped_column(StateType(HUB_SUBSCRIPTION))
    lease_ends_at: Mapped[timestamptz | None]
    # When the hub is asked again: for a verification, a renewal, or because it refused.
    next_try_at: Mapped[timestamptz | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    # Polls in a row that found news which the hub had not sent.
    silent_polls: Mapped[int] = mapped_column(server_default="0")


class PushedContent(Base):
    """What a hub has sent about a feed, until its job has taken it in."""

    __tablename__ = "websub_push"

    id: Mapped[type_id]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id", ondelete="CASCADE"), index=True)
    body: Mapped[bytes]
    received_at: Mapped[timestamptz]


class SectionRule(Base):
    """Places a newsletter's articles by their own fields; the first rule that matches decides.

    One that says what is breaking also makes alerts of what it matches.
    """

    __tablename__ = "section_rule"
    __table_args__ = (
        CheckConstraint("kind IN ('category', 'path', 'author', 'tag', 'feed')", name="kind"),
    )

    id: Mapped[type_id]
    newsletter_id: Mapped[int] = mapped_column(
        ForeignKey("newsletter.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    kind: Mapped[str]
    pattern: Mapped[str]
    # NULL: such articles are left out; of a rule for what is breaking, it places nothing.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id", ondelete="CASCADE"))
    is_breaking: Mapped[bool] = mapped_column(Boolean(), server_default="false")

    @property
    def places(self) -> bool:
        """Whether the rule decides where an article belongs, or only that it is breaking."""
        return self.section_id is not None or not self.is_breaking
