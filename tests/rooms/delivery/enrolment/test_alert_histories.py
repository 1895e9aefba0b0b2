"""Whatever is published, alerted, refused and sent in any order: nothing lost, no alert twice."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.tables import Delivery
from service.editions import build, manual, plan
from service.editions.alert import AlertAuthor, make_alert
from service.editions.kind import EditionKind
from service.editions.tables import Edition, EditionArticle
from service.editions.variant_mask import is_without_alerted
from service.kit.db import Begin, Session
from service.kit.errors import Conflict
from service.newsletters import catalogue
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock

SECTIONS = ("Politique", "Sport", "Culture")
NAMES = count(1)

ACTS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(SECTIONS), st.booleans()),
    st.tuples(st.just("alert"), st.sampled_from(SECTIONS), st.integers(-1, 3)),
    st.tuples(st.just("wait"), st.sampled_from([1, 4, 30, 300, 900])),
    st.tuples(st.just("send"), st.integers(0, 3)),
    st.tuples(st.just("digest")),
)
# A mask of sections, and whether the reader has chosen alerts.
READERS = st.lists(
    st.tuples(st.sampled_from([None, 0b001, 0b011, 0b110]), st.sampled_from([True, True, False])),
    min_size=2,
    max_size=4,
)


@dataclass
class History:
    """A newsletter, what was published in it, and what its readers were sent."""

    session: Session
    clock: FakeClock
    newsletter_id: int
    readers: dict[int, int]
    published: dict[int, int] = field(default_factory=dict)

    def publish(self, section: str, is_breaking: bool) -> None:
        """Publish an article, which is breaking or not."""
        article = an_article(self.session, section, seen=self.clock()).id
        self.published[article] = SECTIONS.index(section)
        if is_breaking:
            paper = catalogue.get_by_id(self.session, self.newsletter_id)
            make_alert(self.session, paper, [article], AlertAuthor(), now=self.clock())

    def alert(self, section: str, refused: int) -> None:
        """Publish what is breaking after a while, so that it goes out alone."""
        self.wait(6)
        self.publish(section, is_breaking=True)
        self.send(refused)

    def wait(self, minutes: int) -> None:
        """Let time pass, and plan what is due then."""
        manual.plan_due_drafts(self.session, now=self.clock.advance(minutes=minutes))

    def digest(self) -> None:
        """Send a digest now; its window takes all that was seen before."""
        self.clock.advance(minutes=1)
        try:
            plan.plan_now(self.session, self.newsletter_id, now=self.clock())
        except Conflict:
            return
        self.send(-1)

    def send(self, refused: int) -> None:
        """Build what is planned; the relay refuses the message to one reader, or to none."""
        for edition in self.session.scalars(
            select(Edition.id).where(
                Edition.newsletter_id == self.newsletter_id, Edition.state == "planned"
            )
        ).all():
            build.select_articles(self.session, edition, now=self.clock())
            build.freeze(self.session, edition, now=self.clock())
            while not enrol_next_chunk(self.session, edition, now=self.clock(), chunk_size=2):
                pass
            for place, reader in enumerate(self.readers):
                state = "refused" if place == refused else "accepted"
                self.session.execute(
                    update(Delivery)
                    .where(Delivery.edition_id == edition, Delivery.subscriber_id == reader)
                    .values(state=state, settled_at=self.clock())
                )

    def received(self, kind: EditionKind) -> dict[int, Counter[int]]:
        """Return how often each reader was sent each article, by editions of a kind."""
        found: dict[int, Counter[int]] = defaultdict(Counter)
        rows = self.session.execute(
            select(Delivery.subscriber_id, Delivery.mask, EditionArticle)
            .join(Edition, Edition.id == Delivery.edition_id)
            .join(EditionArticle, EditionArticle.edition_id == Edition.id)
            .where(
                Edition.newsletter_id == self.newsletter_id,
                Edition.kind == kind,
                Delivery.state == "accepted",
            )
        )
        for reader, mask, placed in rows:
            is_left_out = is_without_alerted(mask) and placed.frozen.get("alerted_in")
            if mask >> placed.frozen["bit"] & 1 and not is_left_out:
                found[reader][placed.article_id] += 1
        return found


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(readers=READERS, acts=st.lists(ACTS, min_size=3, max_size=15), most=st.integers(1, 3))
def test_no_history_loses_an_article_or_repeats_an_alert(
    begin: Begin,
    clock: FakeClock,
    readers: list[tuple[int | None, bool]],
    acts: list[tuple[str, ...]],
    most: int,
) -> None:
    clock.now = FakeClock().now
    with begin() as session:
        # Newsletters of earlier examples have the same sections, and articles are for all.
        clock.advance(days=20 * next(NAMES))
        paper = a_newsletter(
            session, *SECTIONS, now=clock(), slug=f"h{next(NAMES)}", offers_alerts=True,
            alerts_per_day=most + 1, alerts_per_reader=most, articles_per_section=50,
        )  # fmt: skip
        people = {}
        for mask, alerts in readers:
            reader = a_reader(session, paper, now=clock(), mask=mask, alerts=alerts)
            people[reader.subscriber_id] = 0b111 if mask is None else mask
        history = History(session, clock, paper.id, people)
        # The first window of a newsletter looks back for a day only; the next ones leave no gap.
        history.digest()
        for name, *facts in acts:
            getattr(history, name)(*facts)
        # What is still on its way goes out, and then a digest to all.
        history.wait(10)
        history.send(-1)
        clock.advance(minutes=1)
        history.digest()

        alerted = history.received(EditionKind.ALERT)
        digests = history.received(EditionKind.DIGEST)
        for person, chosen in people.items():
            wants = {each for each, bit in history.published.items() if chosen >> bit & 1}
            got = set(alerted[person]) | set(digests[person])
            assert got == wants
            assert set(alerted[person].values()) <= {1}
            assert set(digests[person].values()) <= {1}
        session.rollback()
