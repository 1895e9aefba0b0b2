"""Things that tests start from, with sane defaults; say only what a test is about."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.orm import Session

from service.articles.tables import Article
from service.audience.confirm_token import ConfirmToken
from service.audience.tables import Subscriber, Subscription
from service.delivery.notices.send_notice import queue_notice
from service.delivery.progress.queries import counters
from service.delivery.tables import Delivery
from service.editions.tables import Edition
from service.kit.db import Base
from service.kit.slug import slugify
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.draft import NewsletterDraft, SectionDraft
from service.newsletters.frequency import Frequency

_numbers = count(1)


def store_row(session: Session, table: type[Base], **values: Any) -> int:
    """Store a row in whatever state a test starts from, as no verb could; returns its id, or 0."""
    [key, *others] = inspect(table).primary_key
    stored = session.scalar(insert(table).values(**values).returning(key))
    return 0 if others or stored is None else int(stored)


def a_delivery(
    session: Session,
    edition_id: int,
    subscriber_id: int,
    *,
    state: str,
    mask: int = 1,
    next_at: datetime | None = None,
) -> None:
    """A delivery of an edition that was never built, in a state of its own."""
    store_row(
        session,
        Delivery,
        edition_id=edition_id,
        subscriber_id=subscriber_id,
        batch_id=0,
        mask=mask,
        state=state,
        next_at=next_at,
    )


def a_draft(*sections: str, **changes: Any) -> NewsletterDraft:
    """A newsletter as an operator would write it."""
    names = sections or ("Politique", "Continent", "Culture")
    draft = NewsletterDraft(
        slug="le-matin",
        name="Le Matin",
        sender_address="matin@example.org",
        postal_address="12 rue des Jardins, Abidjan",
        sections=tuple(SectionDraft(name=name) for name in names),
    )
    return replace(draft, **changes)


def a_newsletter(
    session: Session, *sections: str, now: datetime, **changes: Any
) -> NewsletterDetails:
    """A stored newsletter."""
    return catalogue.create(session, a_draft(*sections, **changes), now=now)


def an_article(session: Session, section: str, *, seen: datetime, **changes: Any) -> Article:
    """A stored, publication-wide article, first seen at an instant."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "kind": "event",
        "publication_wide": True,
        "section": section,
        "section_key": slugify(section),
        "title": f"Un titre {number}",
        "summary": f"Un résumé {number}.",
        "url": f"https://courrier.example/articles/{number}",
        "language": "fr",
        "published_at": seen,
        "first_seen_at": seen,
        "content_hash": f"{number:064x}",
    }
    article = Article(**{**values, **changes})
    session.add(article)
    session.flush()
    return article


def many_articles(session: Session, section: str, *, count: int, seen: datetime) -> None:
    """Publication-wide articles that all came at one instant, written in one statement."""
    session.execute(
        text("""
            INSERT INTO article (kind, publication_wide, section, section_key, title, url, language,
                                 published_at, first_seen_at, content_hash)
            SELECT 'event', true, :section, :key, 'Une dépêche ' || number,
                   'https://courrier.example/depeches/' || number, 'fr', :seen, :seen,
                   md5(number::text)
            FROM generate_series(1, :count) AS number
            """),
        {"section": section, "key": slugify(section), "count": count, "seen": seen},
    )


def a_reader(
    session: Session,
    newsletter: NewsletterDetails,
    *,
    now: datetime,
    address: str | None = None,
    mask: int | None = None,
    state: str = "active",
    frequency: Frequency = Frequency.EACH,
    alerts: bool = False,
    zone: str | None = None,
) -> Subscription:
    """A stored subscription of a new subscriber."""
    address = address or f"lecteur{next(_numbers)}@example.org"
    subscriber = Subscriber(
        address=address, address_key=address.lower(), created_at=now, time_zone=zone
    )
    session.add(subscriber)
    session.flush()
    subscription_id = store_row(
        session,
        Subscription,
        newsletter_id=newsletter.id,
        subscriber_id=subscriber.id,
        state=state,
        section_mask=mask,
        frequency=frequency,
        wants_alerts=alerts,
        requested_at=now - timedelta(minutes=1),
        confirmed_at=now if state == "active" else None,
    )
    return session.get_one(Subscription, subscription_id)


def some_sums(session: Session, edition_id: int, *, at: datetime) -> None:
    """Leave the sums that senders would have left with the deliveries that a test has stored."""
    counts: Counter[str] = Counter(
        session.scalars(select(Delivery.state).where(Delivery.edition_id == edition_id))
    )
    counters.add_counts(session, edition_id, counts, now=at)
    session.execute(update(Edition).where(Edition.id == edition_id).values(readers=counts.total()))


def a_waiting_notice(
    session: Session,
    subscription: Subscription,
    *,
    now: datetime,
    kind: str = "confirm",
    mask: int | None = None,
) -> int:
    """A notice that waits, with the facts of a confirmation; returns its id."""
    token = ConfirmToken(
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        generation=1,
        expires_at=now + timedelta(days=3),
    )
    return queue_notice(
        session,
        kind=kind,
        newsletter_id=subscription.newsletter_id,
        subscriber_id=subscription.subscriber_id,
        facts={**token.facts, "section_mask": mask},
        now=now,
        valid_for=timedelta(days=3),
    )


def a_goodbye(session: Session, newsletter_id: int, subscriber_id: int, *, now: datetime) -> int:
    """A waiting notice that asks nothing of its reader; returns its id."""
    return queue_notice(
        session,
        kind="goodbye",
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        facts={},
        now=now,
        valid_for=timedelta(days=1),
    )
