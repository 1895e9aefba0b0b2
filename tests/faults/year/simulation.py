"""Lets a year pass: articles come, readers and editors act, schedulers tick, editions are built.

After every tick what the database has is compared with what must come (`expected`), so that a
difference is found at its slot and not at the end of the year.
"""

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy import TextClause, text

from service.audience import preferences, unsubscribe
from service.audience.address import parse_address
from service.audience.consent import ConsentOrigin
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from service.delivery.enrolment import choose_frequency
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.editions import build, control, curate
from service.editions.curate import Editor
from service.editions.find import editions_under_construction
from service.editions.lifecycle import EditionState
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.kit.db import Session
from service.newsletters import catalogue, closed_dates
from service.newsletters.frequency import Frequency
from service.newsletters.holidays import Holiday
from tests.builders import an_article
from tests.conftest import FakeClock
from tests.faults.year import newsroom
from tests.faults.year.expected import ExpectedEdition, ExpectedNewsletter, Reader
from tests.faults.year.naive_slots import DAY, WallClock
from tests.faults.year.newsroom import ZONES, News
from tests.faults.year.schedulers import Schedulers, schedulers_of
from tests.rules.code import ROOT
from workers import build_edition, send_edition

LOST_MESSAGES = 0.03
"""The share of job messages that Valkey forgets; the next sweep finds their work."""
PROOF = "Imported with the consent of the paper's form."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is simulated; of every so many newsletters one is rendered and sent to a relay."""

    newsletters: int
    days: int
    seed: int
    first: date
    sent_really: int
    news_a_day: int

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + (self.days - 1) * DAY


@dataclass(slots=True, kw_only=True)
class Found:
    """What happened, and what was wrong at the end."""

    seed: int
    editions: int = 0
    states: dict[str, int] = field(default_factory=dict)
    articles: int = 0
    actions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deliveries: int = 0
    messages: int = 0
    ticks: int = 0
    kills: int = 0
    cut: int = 0
    downtimes: int = 0
    seconds: float = 0
    # (subscriber, newsletter, article) that came more than once, or was enrolled so.
    twice: list[tuple[int, ...]] = field(default_factory=list)
    slots_twice: list[tuple[Any, ...]] = field(default_factory=list)
    unfinished: list[int] = field(default_factory=list)
    failed_steps: list[str] = field(default_factory=list)


def simulate(plan: Plan, runtime: Runtime, settings: Settings, clock: FakeClock) -> Found:
    """Let the days of a plan pass; raise AssertionError at the first difference."""
    environment = child_environment_of(settings) | {
        "PYTHONPATH": str(ROOT),
        "CRIEUR_DATA_DIR": str(settings.data_dir),
        "CRIEUR_PUBLIC_URL": settings.public_url,
        "CRIEUR_SMTP_URL": " ".join(each.get_secret_value() for each in settings.smtp_url),
        "CRIEUR_BOUNCE_DOMAIN": str(settings.bounce_domain),
    }
    began = monotonic()
    clock.now = datetime.combine(plan.first, time(), UTC) - timedelta(hours=36)
    with schedulers_of(environment, settings.data_dir, plan.seed) as schedulers:
        year = Year(plan, runtime, clock, schedulers)
        year.open()
        for number in range(plan.days):
            year.let_pass(plan.first + number * DAY)
            if number % 10 == 9:
                print(  # noqa: T201  For those who run the long form with `-s`.
                    f"day {number + 1}, {monotonic() - began:.0f} s: {year.found}", flush=True
                )
        year.close()
    log = (settings.data_dir / "schedulers.log").read_text("utf-8", "replace")
    year.found.failed_steps = [line for line in log.splitlines() if "step_failed" in line][:5]
    year.found.seconds = monotonic() - began
    return year.found


class Year:
    """The simulation; `let_pass` is called for each day."""

    def __init__(
        self, plan: Plan, runtime: Runtime, clock: FakeClock, schedulers: Schedulers
    ) -> None:
        self._plan = plan
        self._runtime = runtime
        self._clock = clock
        self._schedulers = schedulers
        self._dice = random.Random(plan.seed)
        # How many messages there are depends on which schedulers were killed when.
        self._luck = random.Random(plan.seed)
        self._newsletters: dict[int, ExpectedNewsletter] = {}
        self._sent_really: set[int] = set()
        self._zones: dict[int, str] = {}
        self._ids: dict[str, int] = {}
        self._addresses = [f"lecteur{number}@example.org" for number in range(plan.newsletters * 4)]
        self._clocks = {
            zone: WallClock(zone, plan.first - 3 * DAY, plan.last + 100 * DAY) for zone in ZONES
        }
        self._looked_at = clock.now
        self._down_until = clock.now
        self.found = Found(seed=plan.seed)

    # The newsletters and their first readers.

    def open(self) -> None:
        """Create newsletters, holidays and readers."""
        dice, first, last = self._dice, self._plan.first, self._plan.last
        for_all = self._some_days(2)
        with self._runtime.begin() as session:
            self._close(session, None, for_all)
        for number in range(self._plan.newsletters):
            draft = newsroom.a_draft(dice, number, year=first.year)
            own = self._some_days(dice.choice((0, 1, 4)))
            with self._runtime.begin() as session:
                details = catalogue.create(session, draft, now=self._clock())
                self._close(session, details.id, own)
            self._newsletters[details.id] = ExpectedNewsletter(
                draft,
                details,
                self._clocks[draft.time_zone],
                first=first - 3 * DAY,
                last=last + 98 * DAY,
                holidays=for_all | own,
            )
            if number % self._plan.sent_really == 0:
                self._sent_really.add(details.id)
        for newsletter in list(self._newsletters.values()):
            for _ in range(dice.randrange(3, 7)):
                self._join(newsletter)
        self._tick()

    def _some_days(self, count: int) -> frozenset[date]:
        days = (self._dice.randrange(self._plan.days) for _ in range(count))
        return frozenset(self._plan.first + day * DAY for day in days)

    def _close(self, session: Session, newsletter_id: int | None, days: frozenset[date]) -> None:
        holidays = [Holiday(first_on=each, last_on=each) for each in sorted(days)]
        closed_dates.add_holidays(session, newsletter_id, holidays, now=self._clock())

    # One day.

    def let_pass(self, day: date) -> None:
        """Let everything happen that happens on a day, in its order."""
        dice, start = self._dice, datetime.combine(day, time(), UTC)
        happens: list[tuple[datetime, Callable[[], None]]] = [
            (news.committed, partial(self._publish, news))
            for news in newsroom.some_news(dice, day, count=self._plan.news_a_day)
        ]
        size = len(self._newsletters)
        actions = (
            self._join,
            self._leave,
            self._change,
            self._choose,
            self._move_house,
            self._edit,
        )
        for _ in range(1 + size // 6):
            at = start + timedelta(seconds=dice.randrange(86_400))
            action = dice.choices(actions, (3, 2, 4, 3, 1, 5))[0]
            happens.append((at, partial(self._act, action)))
        for quarter in self._quarters_with_slots(start):
            at = quarter + timedelta(seconds=dice.randrange(60, 540))
            happens.append((at, self._tick))
        if dice.random() < 0.08:
            happens.append((start + timedelta(seconds=dice.randrange(86_400)), self._go_down))
        if start <= self._down_until < start + DAY:
            happens.append((self._down_until, self._tick))
        for at, do in sorted(happens, key=lambda each: each[0]):
            self._clock.now = max(self._clock.now, at)
            do()

    def _go_down(self) -> None:
        """Let no scheduler run for hours or days; the first tick afterwards is between slots."""
        dice = self._dice
        until = self._clock.now + timedelta(hours=dice.choice((1, 2, 4, 7, 16, 30, 55)))
        self._down_until = until.replace(minute=15 * dice.randrange(4), second=0) + timedelta(
            seconds=dice.randrange(60, 540)
        )
        self.found.downtimes += 1

    def _quarters_with_slots(self, start: datetime) -> list[datetime]:
        found: set[datetime] = set()
        for newsletter in self._newsletters.values():
            for series in newsletter.series.values():
                begin, end = (bisect_left(series.instants, start + days * DAY) for days in (0, 1))
                found.update(series.instants[begin:end])
        # Also when nothing is due.
        found.add(start + timedelta(minutes=15 * self._dice.randrange(96)))
        return sorted(found)

    # What the publisher does.

    def _publish(self, news: News) -> None:
        with self._runtime.begin() as session:
            article = an_article(
                session,
                news.section,
                seen=news.seen,
                language=news.language,
                published_at=news.published,
                dated_at=news.published,
            )
            number = article.id
        self.found.articles += 1
        if not news.is_news:
            return
        for newsletter in self._newsletters.values():
            if newsletter.takes(news.language, news.section):
                newsletter.arrive(number, news.section, seen=news.seen, published=news.published)

    def _edit(self, newsletter: ExpectedNewsletter) -> None:
        """Let an editor drop or pin an article of a coming edition, or cancel the edition."""
        frequency = self._dice.choice(list(newsletter.series))
        series, dice = newsletter.series[frequency], self._dice
        with self._runtime.begin() as session:
            draft = session.execute(
                _DRAFT, {"newsletter_id": newsletter.details.id, "frequency": frequency}
            ).one_or_none()
            if draft is None:
                return
            coming = series.slots[series.instants[bisect_right(series.instants, self._looked_at)]]
            slot = (draft.slot_date, draft.slot_time)
            assert slot == coming or slot in series.cancelled or coming in series.cancelled, (
                newsletter.draft,
                frequency,
                slot,
                coming,
            )
            if slot != coming:
                return
            if dice.random() < 0.15:
                control.cancel(session, draft.id, now=self._clock())
                series.cancelled.add(slot)
                series.desk = type(series.desk)()
                self.found.actions["cancelled"] += 1
                return
            if not series.pile:
                return
            article_id = dice.choice(sorted(series.pile))
            if dice.random() < 0.5:
                curate.drop(session, draft.id, article_id, Editor(), now=self._clock())
                series.desk.dropped.add(article_id)
                series.desk.pinned.discard(article_id)
            else:
                curate.pin(session, draft.id, article_id, Editor(), now=self._clock())
                series.desk.pinned.add(article_id)
                series.desk.dropped.discard(article_id)

    # What readers do.

    def _act(self, action: Callable[[ExpectedNewsletter], None]) -> None:
        self.found.actions[action.__name__.strip("_")] += 1
        action(self._dice.choice(list(self._newsletters.values())))

    def _a_mask(self, newsletter: ExpectedNewsletter) -> int | None:
        sections = newsletter.details.sections
        if self._dice.random() < 0.5:
            return None
        some = self._dice.sample(sections, self._dice.randrange(1, len(sections) + 1))
        return sum(1 << each.bit for each in some)

    def _a_reader(self, newsletter: ExpectedNewsletter) -> Reader | None:
        active = [each for each in newsletter.readers.values() if each.is_active]
        return self._dice.choice(active) if active else None

    def _join(self, newsletter: ExpectedNewsletter) -> None:
        """Let somebody sign up, perhaps again."""
        address = self._dice.choice(self._addresses)
        known = newsletter.readers.get(self._ids.get(address, 0))
        if known is not None and known.is_active:
            return
        frequency, mask = self._dice.choice(list(newsletter.series)), self._a_mask(newsletter)
        with self._runtime.begin() as session:
            token = choose_frequency.add_with_consent(
                session,
                parse_address(address),
                newsletter_id=newsletter.details.id,
                section_mask=mask,
                frequency=Frequency(frequency),
                proof=PROOF,
                now=self._clock(),
                keyring=self._runtime.keyring,
            )
        self._ids[address] = token.subscriber_id
        newsletter.join(token.subscriber_id, frequency, mask)

    def _leave(self, newsletter: ExpectedNewsletter) -> None:
        reader = self._a_reader(newsletter)
        if reader is not None:
            with self._runtime.begin() as session:
                token = _token(newsletter, reader)
                now = self._clock()
                unsubscribe.end_subscription(session, token, by=EndedBy.ONE_CLICK, now=now)
            reader.is_active = False

    def _change(self, newsletter: ExpectedNewsletter) -> None:
        """Let a reader change how often they get it."""
        reader = self._a_reader(newsletter)
        if reader is not None:
            frequency = self._dice.choice(list(newsletter.series))
            with self._runtime.begin() as session:
                choose_frequency.choose_frequency(
                    session,
                    _token(newsletter, reader),
                    Frequency(frequency),
                    now=self._clock(),
                    origin=ConsentOrigin(),
                )
            newsletter.change_frequency(reader, frequency)

    def _choose(self, newsletter: ExpectedNewsletter) -> None:
        """Let a reader choose other sections."""
        reader = self._a_reader(newsletter)
        if reader is not None:
            mask = self._a_mask(newsletter)
            with self._runtime.begin() as session:
                preferences.choose_sections(
                    session,
                    _token(newsletter, reader),
                    section_mask=mask,
                    now=self._clock(),
                    origin=ConsentOrigin(),
                )
            reader.mask = mask

    def _move_house(self, newsletter: ExpectedNewsletter) -> None:
        """Let a reader live in another time zone."""
        reader = self._a_reader(newsletter)
        if reader is not None:
            zone = self._dice.choice(ZONES)
            with self._runtime.begin() as session:
                preferences.set_time_zone(session, reader.subscriber_id, zone)
            self._zones[reader.subscriber_id] = zone

    # What the machines do.

    def _tick(self) -> None:
        """Let the schedulers look, unless all are down, and the workers do what was found."""
        if self._clock.now < self._down_until:
            return
        began = self._clock.now
        self._clock.now = self._schedulers.tick(began) + timedelta(seconds=1)
        now = self._clock.now
        expected = {
            newsletter.details.id: due
            for newsletter in self._newsletters.values()
            if (due := newsletter.due(since=self._looked_at, now=began))
        }
        self._looked_at = began
        self._work()
        while self._is_unfinished():
            # A job message was lost: the next tick finds its work.
            self._clock.now = self._schedulers.tick(self._clock.now) + timedelta(seconds=1)
            self._work()
        self._compare(expected, since=began, until=now)

    def _is_unfinished(self) -> bool:
        with self._runtime.begin() as session:
            return bool(editions_under_construction(session))

    def _work(self) -> None:
        with self._runtime.begin() as session:
            messages = outbox.dequeue_due(session, now=self._clock())
        for message in messages:
            if self._luck.random() < LOST_MESSAGES:
                continue
            if message.job == BUILD_EDITION.name:
                self._build(message.args["edition_id"])
            elif message.job == SEND_EDITION.name:
                self._send(message.args["edition_id"])

    def _send(self, edition_id: int) -> None:
        send_edition.run(self._runtime, edition_id=edition_id)

    def _build(self, edition_id: int) -> None:
        """Carry an edition on to its audience; what is not sent really has then arrived."""
        with self._runtime.begin() as session:
            newsletter_id = session.execute(_NEWSLETTER, {"edition_id": edition_id}).scalar_one()
        if newsletter_id in self._sent_really:
            build_edition.run(self._runtime, edition_id=edition_id)
            return
        with self._runtime.begin() as session:
            build.select_articles(session, edition_id, now=self._clock())
        with self._runtime.begin() as session:
            state = build.freeze(session, edition_id, now=self._clock())
            if state is EditionState.FROZEN:
                assert enrol_next_chunk(session, edition_id, now=self._clock())
                for statement in _ARRIVED:
                    session.execute(statement, {"edition_id": edition_id, "now": self._clock()})

    # What came of it.

    def _compare(
        self,
        expected: Mapping[int, list[ExpectedEdition]],
        *,
        since: datetime,
        until: datetime,
    ) -> None:
        """Compare the editions that were planned between two instants with those expected."""
        with self._runtime.begin() as session:
            rows = session.execute(_PLANNED, {"since": since, "until": until}).all()
            ids = [row.id for row in rows]
            articles = _grouped(session, _ARTICLES, ids)
            deliveries = _grouped(session, _DELIVERIES, ids)
        actual: dict[tuple[int, str, date, time], list[Any]] = defaultdict(list)
        for row in rows:
            key = (row.newsletter_id, row.frequency, row.slot_date, row.slot_time)
            actual[key].append(row)
        for newsletter_id, due in expected.items():
            newsletter = self._newsletters[newsletter_id]
            for each in due:
                key = (newsletter_id, each.frequency, *each.slot)
                found = actual.pop(key, [])
                self._compare_slot(newsletter, each, found, articles, deliveries)
        assert not actual, f"{self._where()}: slots that are none: {dict(actual)}"

    def _compare_slot(
        self,
        newsletter: ExpectedNewsletter,
        expected: ExpectedEdition,
        rows: list[Any],
        articles: Mapping[int, list[Any]],
        deliveries: Mapping[int, list[Any]],
    ) -> None:
        where = f"{self._where()}: {newsletter.draft}: {expected.frequency} {expected.slot}"
        [main] = [row for row in rows if row.previous_edition_id is None] or [None]
        assert main is not None, f"{where}: no edition"
        self.found.editions += 1
        why = "sent" if main.state in {"sending", "finished"} else (main.note or {}).get("key")
        sent = {row.article_id for row in articles[main.id]}
        assert why == expected.outcome.why, f"{where}: {why} {sent}, not {expected.outcome}"
        if why == "sent":
            assert sent == expected.outcome.sent, f"{where}: {sent}, not {expected.outcome.sent}"
        got: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            self.found.states[row.state] = self.found.states.get(row.state, 0) + 1
            for delivery in deliveries[row.id]:
                reader = delivery.subscriber_id
                assert reader not in got, f"{where}: two messages to reader {reader}"
                assert reader in expected.readers, f"{where}: a message to reader {reader}"
                got[reader] = {
                    article.article_id
                    for article in articles[row.id]
                    if delivery.mask >> newsletter.bit_of(article.article_id) & 1
                }
                self._compare_time(newsletter, expected, delivery, where=where)
                self.found.deliveries += 1
        for reader, owed in expected.readers.items():
            mine = newsletter.readers[reader]
            twice = got[reader] & mine.had
            assert not twice, f"{where}: {twice} again to {mine}"
            assert owed is None or got[reader] == owed, (
                f"{where}: {got[reader]}, not {set(owed or ())}, to {mine}"
            )
            mine.had |= got[reader]

    def _compare_time(
        self, newsletter: ExpectedNewsletter, expected: ExpectedEdition, row: Any, *, where: str
    ) -> None:
        """A message begins no earlier than the reader's own clock says, and in no quiet hours."""
        draft, clock = newsletter.draft, newsletter.clock
        zone = self._zones.get(row.subscriber_id)
        earliest = expected.instant
        if draft.at_readers_time and zone is not None:
            clock = self._clocks[zone]
            earliest = max(earliest, clock.instant_of(*expected.slot))
        late = row.frozen_at - expected.instant
        assert row.due_at >= earliest, f"{where}: {row.due_at} is before {earliest}"
        if draft.quiet_from is None or draft.quiet_to is None:
            assert row.due_at <= earliest + late + _MINUTE, f"{where}: {row.due_at}, {earliest}"
            return
        shown = clock.shown_at(row.due_at).time()
        begin, end = draft.quiet_from, draft.quiet_to
        is_quiet = begin <= shown < end if begin < end else shown >= begin or shown < end
        assert not is_quiet, f"{where}: {shown} in quiet hours"

    def _where(self) -> str:
        return f"YEAR_SEED={self._plan.seed}, {self._clock.now}"

    # The end.

    def close(self) -> None:
        """Let what waits for other time zones be sent, and count everything again in SQL."""
        for _ in range(3):
            self._clock.now += timedelta(hours=9)
            self._down_until = self._clock.now
            self._tick()
        found = self.found
        with self._runtime.begin() as session:
            found.twice = [tuple(row) for row in session.execute(_TWICE)]
            found.slots_twice = [tuple(row) for row in session.execute(_SLOTS_TWICE)]
            found.unfinished = list(session.scalars(_UNFINISHED))
            newsletters = {"newsletters": list(self._sent_really)}
            found.messages = session.execute(_MESSAGES, newsletters).scalar_one()
        found.ticks, found.kills = self._schedulers.ticks, self._schedulers.kills
        found.cut = self._schedulers.cut


def _token(newsletter: ExpectedNewsletter, reader: Reader) -> ReaderToken:
    return ReaderToken(
        newsletter_id=newsletter.details.id, edition_id=0, subscriber_id=reader.subscriber_id
    )


def _grouped(session: Session, statement: TextClause, ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(statement, {"ids": ids}):
        found[row.edition_id].append(row)
    return found


_MINUTE = timedelta(minutes=1)

_DRAFT = text("""
    SELECT id, slot_date, slot_time FROM edition
    WHERE newsletter_id = :newsletter_id AND frequency = :frequency AND state = 'draft'
    """)

_NEWSLETTER = text("SELECT newsletter_id FROM edition WHERE id = :edition_id")

# As if every relay had taken everything: in sets, because a year has a hundred thousand messages.
_ARRIVED = (
    text("UPDATE delivery SET state = 'accepted' WHERE edition_id = :edition_id"),
    text("UPDATE batch SET done_at = :now WHERE edition_id = :edition_id"),
    text("UPDATE edition SET state = 'finished', finished_at = :now WHERE id = :edition_id"),
)

_PLANNED = text("""
    SELECT id, newsletter_id, frequency, slot_date, slot_time, previous_edition_id, state, note
    FROM edition
    WHERE planned_at >= :since AND planned_at <= :until
      AND state NOT IN ('draft', 'cancelled')
    ORDER BY id
    """)

_ARTICLES = text("SELECT edition_id, article_id FROM edition_article WHERE edition_id = ANY (:ids)")

_DELIVERIES = text("""
    SELECT delivery.edition_id, delivery.subscriber_id, delivery.mask, batch.due_at,
           edition.frozen_at
    FROM delivery
    JOIN batch ON batch.id = delivery.batch_id
    JOIN edition ON edition.id = delivery.edition_id
    WHERE delivery.edition_id = ANY (:ids)
    """)

_TWICE = text("""
    SELECT delivery.subscriber_id, edition.newsletter_id, edition_article.article_id
    FROM delivery
    JOIN edition ON edition.id = delivery.edition_id
    JOIN edition_article ON edition_article.edition_id = edition.id
    JOIN section ON section.id = edition_article.section_id
    WHERE delivery.mask & (CAST(1 AS bigint) << section.bit) <> 0
    GROUP BY 1, 2, 3 HAVING count(*) > 1
    """)

_SLOTS_TWICE = text("""
    SELECT newsletter_id, frequency, slot_date, slot_time FROM edition
    WHERE previous_edition_id IS NULL
    GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
    """)

_UNFINISHED = text("SELECT id FROM edition WHERE finished_at IS NULL AND state <> 'draft'")

_MESSAGES = text("""
    SELECT count(*) FROM delivery JOIN edition ON edition.id = delivery.edition_id
    WHERE edition.newsletter_id = ANY (:newsletters) AND delivery.state = 'accepted'
    """)
