"""What the console's first page shows: each newsletter at a glance, and what needs attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.articles.read_models import FeedDetails, feed_details
from service.audience import count_subscribers
from service.delivery import relay_incidents
from service.delivery.notices import send_notice
from service.delivery.notices.send_notice import StuckNotices
from service.delivery.relay_incidents import RelayIncident
from service.editions.read_models import EditionDetails, edition_details
from service.kit.db import Session
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, offered_frequencies
from service.reports import progress
from service.reports.queries import newsletters as queries

_RECENT = timedelta(days=7)

LEDGER_ORDER = ("accepted", "refused", "uncertain", "suppressed", "expired", "cancelled", "pending")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionTotals:
    """Where an edition's deliveries stand: the ledger's numbers for drawing."""

    counts: Mapping[str, int] = field(default_factory=dict)
    # What came back of accepted messages: they stay where they are in the equation.
    came_back: Mapping[str, int] = field(default_factory=dict)

    @property
    def candidates(self) -> int:
        """How many readers the edition is for."""
        return sum(self.counts.values())

    def of(self, name: str) -> int:
        """The number of a line of the ledger."""
        return self.counts.get(name, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterSummary:
    """One newsletter on the first page."""

    newsletter: NewsletterDetails
    active: int
    pending: int
    last: EditionDetails | None
    books: EditionTotals
    # Active readers by frequency; empty unless the newsletter offers several.
    by_frequency: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingFeed:
    """A feed that could not be read, and whose it is."""

    feed: FeedDetails
    newsletter_name: str
    newsletter_slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardOverview:
    """Everything on the first page."""

    newsletters: Sequence[NewsletterSummary]
    failing_feeds: Sequence[FailingFeed]
    # Sections named by recent articles that no newsletter has, with how many articles.
    homeless: Sequence[tuple[str, int]]
    # Relays that lately did not let a worker in.
    relays: Sequence[RelayIncident]
    # Newsletters of which no slot runs.
    zoneless: Sequence[NewsletterDetails]
    # Confirmations and the like that we cannot write or hand over.
    notices: Sequence[StuckNotices]
    # When readers were counted; None means now.
    counted_at: datetime | None

    @property
    def needs_attention(self) -> bool:
        """Whether there is anything to report."""
        found = (self.relays, self.failing_feeds, self.homeless, self.zoneless, self.notices)
        return any(found) or bool(self.troubled)

    @property
    def troubled(self) -> Sequence[NewsletterSummary]:
        """Newsletters whose last edition has refused or uncertain deliveries."""
        return [
            glance
            for glance in self.newsletters
            if glance.books.of("refused") or glance.books.of("uncertain")
        ]


def load_dashboard(session: Session, *, now: datetime) -> DashboardOverview:
    """Read the first page, in equally many statements however many newsletters there are."""
    newsletters = catalogue.list_newsletters(session)
    latest = {key: edition_details(row) for key, row in queries.latest_editions(session).items()}
    counted = count_subscribers.current_counts(session)
    books = edition_totals(session, [edition.id for edition in latest.values()])
    return DashboardOverview(
        newsletters=[
            NewsletterSummary(
                newsletter=newsletter,
                active=counted.of(newsletter.id).states.get("active", 0),
                pending=counted.of(newsletter.id).states.get("pending", 0),
                last=(last := latest.get(newsletter.id)),
                books=books[last.id] if last else EditionTotals(),
                by_frequency=_offered_counts(newsletter, counted.of(newsletter.id).by_frequency),
            )
            for newsletter in newsletters
        ],
        failing_feeds=[
            FailingFeed(feed=feed_details(feed), newsletter_name=name, newsletter_slug=slug)
            for feed, name, slug in queries.failing_feeds(session)
        ],
        homeless=queries.unmatched_sections(session, since=now - _RECENT),
        relays=relay_incidents.current_incidents(session, now=now),
        zoneless=[each for each in newsletters if catalogue.has_unknown_zone(each)],
        notices=send_notice.find_stuck_notices(session),
        counted_at=counted.counted_at,
    )


def _offered_counts(newsletter: NewsletterDetails, counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many readers have each frequency where there is a choice, the most frequent first.

    One that is no longer offered is among them while it has readers.
    """
    offered = offered_frequencies(newsletter)
    if len(offered) == 1:
        return {}
    return {
        str(each): counts.get(each, 0) for each in Frequency if each in offered or counts.get(each)
    }


def edition_totals(session: Session, edition_ids: Sequence[int]) -> dict[int, EditionTotals]:
    """Add up the books of some editions, each in the ledger's words."""
    return {
        edition_id: EditionTotals(counts=counts, came_back=came_back)
        for edition_id, (counts, came_back) in progress.edition_totals(session, edition_ids).items()
    }
