"""Readers change how often they get a newsletter: nothing twice, nothing lost, at any moment."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from service.audience.lifecycle import SubscriptionState
from service.audience.queries import frequency as readers_queries
from service.audience.tables import Subscription
from service.boot import Runtime
from service.delivery.enrolment import change_frequency as moves
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.tables import Delivery
from service.editions import build, control, curate, drafts, manual, plan
from service.editions.curate import Editor
from service.editions.kind import EditionKind
from service.editions.tables import Edition, EditionArticle
from service.kit.db import Begin, Session
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock
from tests.rooms.web.console.test_pages import counting

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
SECTIONS = ("Politique", "Sport")
numbers = count(1)


def a_paper(session: Session, *sections: str, now: datetime, **limits: Any) -> NewsletterDetails:
    """Three editions a day, a daily digest in the evening, a weekly one on Sunday."""
    return a_newsletter(
        session,
        *(sections or SECTIONS),
        now=now,
        slug=f"journal-{next(numbers)}",
        days=EVERY_DAY,
        times=(time(7), time(12), time(18)),
        daily_at=time(20),
        weekly_at=time(9),
        weekly_on=7,
        **{"articles_per_section": 50, **limits},
    )


def run_slots(begin: Begin, *, now: datetime, chunk_size: int = 2) -> list[int]:
    """Plan what is due, and build it as far as its audience; return the new editions."""
    with begin() as session:
        moves.move_stranded_readers(session, now=now)
        planned = plan.plan_due(session, now=now)
    for edition_id in planned:
        finish(begin, edition_id, now=now, chunk_size=chunk_size)
    return planned


def finish(begin: Begin, edition_id: int, *, now: datetime, chunk_size: int = 2) -> None:
    with begin() as session:
        build.select_articles(session, edition_id, now=now)
        build.freeze(session, edition_id, now=now)
    complete = False
    while not complete:
        with begin() as session:
            complete = enrol_next_chunk(session, edition_id, now=now, chunk_size=chunk_size)


def received(session: Session, newsletter_id: int) -> dict[int, Counter[int]]:
    """Return how often each reader had which article."""
    rows = session.execute(
        select(Delivery.subscriber_id, Delivery.mask, EditionArticle.article_id, EditionArticle)
        .join(Edition, Edition.id == Delivery.edition_id)
        .join(EditionArticle, EditionArticle.edition_id == Edition.id)
        .where(Edition.newsletter_id == newsletter_id)
    )
    had: dict[int, Counter[int]] = {}
    for row in rows:
        if row.mask >> row.EditionArticle.frozen["bit"] & 1:
            had.setdefault(row.subscriber_id, Counter())[row.article_id] += 1
    return had


def test_a_weekly_reader_gets_the_rest_of_the_week_once(begin: Begin, clock: FakeClock) -> None:
    """Who had Monday's edition and chooses the weekly must not read Monday again on Sunday."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock()).subscriber_id
        other = a_reader(session, paper, now=clock()).subscriber_id
        moves.change_frequency(session, paper.id, other, Frequency.WEEKLY, now=clock())
        early = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=1, minutes=1))
    with begin() as session:
        assert moves.change_frequency(session, paper.id, reader, Frequency.WEEKLY, now=clock())
        late = an_article(session, "Sport", seen=clock()).id
    clock.advance(days=4)

    made = run_slots(begin, now=clock.advance(hours=3))

    with begin() as session:
        had = received(session, paper.id)
        assert had[reader] == {early: 1, late: 1}
        assert had[other] == {early: 1, late: 1}
        own = session.scalars(
            select(Edition.previous_edition_id).where(Edition.id.in_(made)).order_by(Edition.id)
        ).all()
        assert sum(each is not None for each in own) == 1, "the others share the series' edition"


def test_a_piece_in_between_hides_no_news_from_who_changes(begin: Begin, clock: FakeClock) -> None:
    """A piece or a correction says nothing of what came before it: it is in no series."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock()).subscriber_id
        early = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=1, minutes=1))
    with begin() as session:
        between = an_article(session, "Sport", seen=clock.advance(minutes=1)).id
        now = clock.advance(hours=1)
        piece = manual.create_manually(session, paper.id, EditionKind.PIECE, now=now)
        curate.pin(session, piece, early, Editor(), now=now)
        plan.send_draft(session, piece, now=now)
    finish(begin, piece, now=now)
    with begin() as session:
        moves.change_frequency(session, paper.id, reader, Frequency.DAILY, now=clock())
    run_slots(begin, now=clock.advance(hours=12))

    with begin() as session:
        assert received(session, paper.id)[reader] == {early: 2, between: 1}


def test_a_daily_reader_who_wants_each_edition_gets_what_was_between(
    begin: Begin, clock: FakeClock
) -> None:
    """Else the day's news would be lost to whoever changes before the evening."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock()).subscriber_id
        moves.change_frequency(session, paper.id, reader, Frequency.DAILY, now=clock())
    run_slots(begin, now=clock.advance(hours=14, minutes=1))
    with begin() as session:
        night = an_article(session, "Sport", seen=clock.advance(hours=1)).id
    run_slots(begin, now=clock.advance(hours=12))
    with begin() as session:
        moves.change_frequency(session, paper.id, reader, Frequency.EACH, now=clock())
        noon = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=5))
    with begin() as session:
        evening = an_article(session, "Sport", seen=clock()).id
    made = run_slots(begin, now=clock.advance(hours=6))

    with begin() as session:
        assert received(session, paper.id)[reader] == {night: 1, noon: 1, evening: 1}
        alone = [session.get_one(Edition, each).previous_edition_id for each in made]
        assert not any(alone), "the reader follows the series again"


def test_a_reader_who_comes_back_is_not_sent_what_they_had(begin: Begin, clock: FakeClock) -> None:
    """Leaving and signing up again as a weekly reader must not repeat the week."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock())
        early = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=1, minutes=1))
    with begin() as session:
        stored = session.get_one(Subscription, reader.id)
        stored.state = SubscriptionState.ENDED
        stored.ended_at = clock.advance(hours=1)
    with begin() as session:
        moves.change_frequency(
            session, paper.id, reader.subscriber_id, Frequency.WEEKLY, now=clock()
        )
        stored = session.get_one(Subscription, reader.id)
        stored.state = SubscriptionState.ACTIVE
        stored.ended_at = None
        stored.confirmed_at = clock.advance(hours=1)
        late = an_article(session, "Sport", seen=clock()).id
    clock.advance(days=4)

    run_slots(begin, now=clock.advance(hours=1))

    with begin() as session:
        assert received(session, paper.id)[reader.subscriber_id] == {early: 1, late: 1}


def test_a_new_reader_is_in_the_series_that_they_chose(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock())

        assert moves.change_frequency(
            session, paper.id, reader.subscriber_id, Frequency.WEEKLY, now=clock()
        )
        assert not moves.change_frequency(
            session, paper.id, reader.subscriber_id, Frequency.WEEKLY, now=clock()
        )
        assert reader.frequency is Frequency.WEEKLY
        assert reader.previous_edition_id is None


def test_readers_of_a_digest_that_is_offered_no_more_are_not_forgotten(
    begin: Begin, clock: FakeClock
) -> None:
    """An operator ends the weekly digest: its readers get the daily one, from where they were."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock()).subscriber_id
        moves.change_frequency(session, paper.id, reader, Frequency.WEEKLY, now=clock())
        article = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=6, minutes=1))
    with begin() as session:
        draft = catalogue.draft_of(catalogue.get(session, paper.slug))
        catalogue.edit(session, paper.slug, replace(draft, weekly_at=None), now=clock())
        later = an_article(session, "Sport", seen=clock()).id

    run_slots(begin, now=clock.advance(hours=9))

    with begin() as session:
        assert received(session, paper.id)[reader] == {article: 1, later: 1}


def test_what_editors_pin_does_not_come_again_to_who_had_it(begin: Begin, clock: FakeClock) -> None:
    """The weekly's editor pins Wednesday's story; who read each edition until Thursday had it."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        mover = a_reader(session, paper, now=clock()).subscriber_id
        weekly = a_reader(session, paper, now=clock(), frequency=Frequency.WEEKLY).subscriber_id
        early = an_article(session, "Sport", seen=clock()).id
        drafts.open_drafts(session, now=clock())
    run_slots(begin, now=clock.advance(hours=1, minutes=1))
    run_slots(begin, now=clock.advance(hours=6))
    with begin() as session:
        moves.change_frequency(session, paper.id, mover, Frequency.WEEKLY, now=clock())
        draft = session.scalars(
            select(Edition.id).where(Edition.frequency == Frequency.WEEKLY)
        ).one()
        curate.pin(session, draft, early, curate.Editor(), now=clock())
        late = an_article(session, "Sport", seen=clock()).id
    sunday = datetime(2023, 2, 12, 9, 1, tzinfo=UTC)

    run_slots(begin, now=clock.advance(seconds=(sunday - clock()).total_seconds()))

    with begin() as session:
        had = received(session, paper.id)
        assert had[mover] == {early: 1, late: 1}
        assert had[weekly] == {early: 1, late: 1}


def test_many_newsletters_are_looked_at_together(runtime: Runtime, clock: FakeClock) -> None:
    """Every tick asks whose readers are stranded: a statement a newsletter would be the tick."""
    with runtime.begin() as session:
        papers = [
            a_newsletter(session, now=clock(), slug=f"lettre-{number}") for number in range(5)
        ]
        stranded = a_reader(session, papers[3], now=clock(), frequency=Frequency.WEEKLY)
        ended = a_reader(session, papers[4], now=clock(), frequency=Frequency.DAILY, state="ended")

    with counting(runtime) as statements, runtime.begin() as session:
        moved = moves.move_stranded_readers(session, now=clock())

    assert moved == 1
    assert sum("FROM subscription" in each for each in statements) <= 2
    with runtime.begin() as session:
        frequencies = {
            each: session.get_one(Subscription, each.id).frequency for each in (stranded, ended)
        }
    assert frequencies == {stranded: Frequency.EACH, ended: Frequency.DAILY}


def test_many_readers_move_a_step_at_a_time(begin: Begin, clock: FakeClock) -> None:
    """A publisher who makes the daily digest the rule moves a million readers."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        readers = [a_reader(session, paper, now=clock()).subscriber_id for _ in range(5)]
        early = an_article(session, "Sport", seen=clock()).id
    run_slots(begin, now=clock.advance(hours=1, minutes=1))
    steps: list[int] = []
    while not steps or steps[-1]:
        with begin() as session:
            steps.append(
                moves.move_readers(
                    session, paper.id, Frequency.EACH, Frequency.DAILY, limit=2, now=clock()
                )
            )
    with begin() as session:
        late = an_article(session, "Sport", seen=clock()).id

    run_slots(begin, now=clock.advance(hours=13))

    assert steps == [2, 2, 1, 0]
    with begin() as session:
        had = received(session, paper.id)
        assert all(had[reader] == {early: 1, late: 1} for reader in readers)


@dataclass
class History:
    """A newsletter's random weeks, and what each reader is owed."""

    begin: Begin
    clock: FakeClock
    paper: NewsletterDetails
    chunk: int
    readers: list[int] = field(default_factory=list)
    masks: dict[int, int | None] = field(default_factory=dict)
    joined: dict[int, datetime] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    articles: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    frozen: list[int] = field(default_factory=list)

    def publish(self, where: int) -> None:
        with self.begin() as session:
            section = self.paper.sections[where % 2].name
            article = an_article(session, section, seen=self.clock())
            self.articles[article.id] = (where % 2, self.clock())

    def join(self, choice: int) -> None:
        mask = (None, 1, 2)[choice % 3]
        with self.begin() as session:
            reader = a_reader(session, self.paper, now=self.clock(), mask=mask).subscriber_id
            wanted = list(Frequency)[choice // 3 % 3]
            moves.change_frequency(session, self.paper.id, reader, wanted, now=self.clock())
        self.readers.append(reader)
        self.masks[reader], self.joined[reader] = mask, self.clock()

    def change(self, choice: int) -> None:
        if self.readers:
            reader = self.readers[choice // 3 % len(self.readers)]
            with self.begin() as session:
                wanted = list(Frequency)[choice % 3]
                moves.change_frequency(session, self.paper.id, reader, wanted, now=self.clock())

    def leave(self, choice: int) -> None:
        """Leave, or come back some time later."""
        if not self.readers:
            return
        reader = self.readers[choice % len(self.readers)]
        self.left.add(reader)
        with self.begin() as session:
            found = session.scalars(
                select(Subscription).where(Subscription.subscriber_id == reader)
            ).one()
            if found.state is SubscriptionState.ACTIVE:
                found.state, found.ended_at = SubscriptionState.ENDED, self.clock()
            else:
                found.state, found.ended_at = SubscriptionState.ACTIVE, None
                found.confirmed_at = self.clock()

    def move(self, choice: int) -> None:
        """Move all readers of a frequency."""
        frequencies = list(Frequency)
        with self.begin() as session:
            moves.move_readers(
                session,
                self.paper.id,
                frequencies[choice % 3],
                frequencies[choice // 3 % 3],
                now=self.clock(),
            )

    def tick(self, choice: int) -> None:
        """Let hours pass, and run what is due; sometimes an operator stops it, or it waits."""
        self.clock.advance(hours=1 + choice % 29, minutes=choice % 7)
        self.carry_on()
        if choice % 5 == 0:
            with self.begin() as session:
                planned = plan.plan_due(session, now=self.clock())
                for edition_id in planned:
                    build.select_articles(session, edition_id, now=self.clock())
                    edition = session.get_one(Edition, edition_id)
                    if edition.finished_at is None:
                        control.cancel(session, edition_id, now=self.clock())
        elif choice % 5 == 1:
            # Its audience is fixed, and not yet enrolled, while readers go on choosing.
            with self.begin() as session:
                self.frozen = plan.plan_due(session, now=self.clock())
                for edition_id in self.frozen:
                    build.select_articles(session, edition_id, now=self.clock())
                    build.freeze(session, edition_id, now=self.clock())
                    enrol_next_chunk(session, edition_id, now=self.clock(), chunk_size=1)
        else:
            run_slots(self.begin, now=self.clock(), chunk_size=self.chunk)

    def carry_on(self) -> None:
        for edition_id in self.frozen:
            finish(self.begin, edition_id, now=self.clock(), chunk_size=self.chunk)
        self.frozen = []


ACTIONS = {
    "publish": History.publish,
    "join": History.join,
    "change": History.change,
    "leave": History.leave,
    "move": History.move,
    "tick": History.tick,
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["publish", "publish", "join", "change", "change", "leave", "move", "tick", "tick"]
        ),
        st.integers(0, 10_000),
    ),
    min_size=8,
    max_size=45,
)


LIMITS = st.fixed_dictionaries(
    {
        "least_per_section": st.sampled_from([1, 1, 2, 3]),
        "least_articles": st.sampled_from([1, 1, 2, 4]),
        "articles_per_section": st.sampled_from([50, 50, 3]),
        "most_articles": st.sampled_from([None, None, 5]),
    }
)
"""What is too little waits; a third of them also cut what is too much, for good."""


@pytest.mark.timeout(600)
@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, chunk=st.sampled_from([1, 2, 50]), limits=LIMITS)
def test_each_article_once_to_each_reader_whatever_they_choose(
    begin: Begin, steps: list[tuple[str, int]], chunk: int, limits: dict[str, Any]
) -> None:
    """A reader's window is their own: through changes, moves, cancelled slots, cut enrolments.

    So it is through editions and sections that wait because they have too little.
    """
    clock = FakeClock()
    number = next(numbers)
    with begin() as session:
        # Sections of its own, so that it takes no article of another example.
        paper = a_paper(session, f"Politique {number}", f"Sport {number}", now=clock(), **limits)
    history = History(begin, clock, paper, chunk)
    for name, choice in [("join", 0), ("join", 4), *steps]:
        ACTIONS[name](history, choice)
    history.carry_on()
    # Enough for what waits, in each section.
    for where in (0, 1) * 3:
        history.publish(where)
    # Two weeks in which nobody changes anything: every series has had its slots.
    for _ in range(2 * 7):
        run_slots(begin, now=clock.advance(hours=24), chunk_size=chunk)

    with begin() as session:
        had = received(session, paper.id)
        catalogue.archive(session, paper.slug, now=clock())
    for reader in history.readers:
        mine = had.get(reader, Counter())
        assert set(mine.values()) <= {1}, "twice"
        cuts = limits["articles_per_section"] < 50 or limits["most_articles"]
        if reader not in history.left and not cuts:
            owed = {
                article
                for article, (where, seen) in history.articles.items()
                if seen >= history.joined[reader] and (history.masks[reader] or 3) >> where & 1
            }
            assert owed <= set(mine), "lost"


def test_readers_wait_with_their_choice_while_an_audience_is_written(
    begin: Begin, clock: FakeClock
) -> None:
    """Else one could be in two editions of a slot, or in neither; enrolments share the lock."""
    with begin() as session:
        paper = a_paper(session, now=clock())
        reader = a_reader(session, paper, now=clock()).subscriber_id
    chose = threading.Event()

    def choose() -> None:
        with begin() as session:
            moves.change_frequency(session, paper.id, reader, Frequency.WEEKLY, now=clock())
        chose.set()

    with begin() as writing, begin() as other:
        readers_queries.lock_series(writing, paper.id, exclusive=False)
        readers_queries.lock_series(other, paper.id, exclusive=False)
        thread = threading.Thread(target=choose)
        thread.start()
        waiting = text(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
            "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
        )
        while not writing.scalar(waiting):
            assert thread.is_alive(), "the choice did not wait"
        assert not chose.is_set()
    thread.join(timeout=30)

    assert chose.is_set()
    with begin() as session:
        assert session.scalars(select(Subscription.frequency)).all() == [Frequency.WEEKLY]
