"""Readers whom a whole provider seems not to know wait for an operator's word."""

import time
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.audience.tables import Suppression
from service.boot import Runtime
from service.delivery.messages.return_path import make_return_path
from service.delivery.progress.thresholds import Thresholds
from service.delivery.workflow.resend import resend_refused
from service.kit.errors import Conflict, NotFound
from service.outcomes import classify_refusals, process_reports, suppression_reviews
from service.outcomes.suppression_reviews import (
    ALL_PROVIDERS,
    MIN_UNKNOWN,
    PendingReview,
    ReviewDecision,
)
from service.replies.classification import Fault, SmtpStage
from service.reports import progress
from tests.conftest import FakeClock
from tests.fakes.saying import Saying
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps
from tests.rooms.outcomes import returned_messages
from workers import record_refusals

UNKNOWN = "550 5.1.1 No such user here"
DOMAIN = "bounces.crieur.test"
NEVER = Thresholds(hard_bounces=0, complaints=0, policy=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An installation with editions whose readers are at the domains that a test names."""

    runtime: Runtime
    clock: FakeClock

    def an_issue(self, *domains: str) -> Issue:
        """Return an edition for a reader at each of the domains."""
        issue = an_issue(self.runtime.begin, self.clock, masks=[None] * len(domains))
        with self.runtime.begin() as session:
            for (address, reader), domain in zip(issue.readers.items(), domains, strict=True):
                moved = address.replace("example.org", domain)
                session.execute(
                    text("UPDATE subscriber SET address = :to, address_key = :to WHERE id = :id"),
                    {"to": moved, "id": reader},
                )
        return issue

    def send(self, issue: Issue, unknown: Collection[str] = ()) -> Counter[str]:
        """Send it to a relay that knows none of these addresses or domains; return the copies."""

        def says(stage: SmtpStage, recipient: str) -> str | None:
            is_unknown = recipient.partition("@")[2] in unknown or recipient in unknown
            return UNKNOWN if stage is SmtpStage.RCPT and is_unknown else None

        with Saying(says) as relay:
            send(issue, send_deps(self.runtime.begin, self.clock, relay.url, thresholds=NEVER))
        record_refusals.run(self.runtime, edition_id=issue.edition_id)
        return relay.copies

    def bounce(self, issue: Issue, reader: int, *, said: str = "User unknown") -> None:
        """Let a mail come back, as if there were no such mailbox."""
        token = reader_token.sign_reader_token(
            self.runtime.keyring,
            ReaderToken(
                newsletter_id=issue.newsletter_id,
                edition_id=issue.edition_id,
                subscriber_id=reader,
            ),
        )
        path = make_return_path(token, bounce_domain=DOMAIN)
        processor = process_reports.ReportProcessor(
            keyring=self.runtime.keyring, bounce_domain=DOMAIN, provider_of=self.provider_of
        )
        raw = returned_messages.dsn(to=path, diagnostic=f"smtp; 550 5.1.1 {said}")
        incoming = process_reports.InboundMessage(raw=raw, envelope_to=path, channel="smtp")
        with self.runtime.begin() as session:
            report_id = process_reports.store_report(session, incoming, now=self.clock())
            assert report_id is not None
            process_reports.process_report(
                session, report_id, processor=processor, now=self.clock()
            )

    def provider_of(self, domain: str) -> str:
        return self.runtime.pacing_rules.provider_of(domain)

    def suppressed(self) -> set[int | None]:
        with self.runtime.begin() as session:
            return set(session.scalars(select(Suppression.subscriber_id)))

    def resend(self, issue: Issue) -> int:
        """Send it again to those who were refused by our fault."""
        with self.runtime.begin() as session:
            return resend_refused(
                session, issue.edition_id, faults=[Fault.SENDER], now=self.clock()
            )

    def counted(self, issue: Issue) -> dict[str, int]:
        """How many readers each provider seems not to know."""
        with self.runtime.begin() as session:
            rows = session.execute(
                text("SELECT provider, unknown FROM bounce_hold WHERE edition_id = :id"),
                {"id": issue.edition_id},
            )
            return {row.provider: row.unknown for row in rows}

    def waiting(self) -> list[PendingReview]:
        with self.runtime.begin() as session:
            return suppression_reviews.pending_reviews(session)

    def decide(self, issue: Issue, provider: str, decision: ReviewDecision) -> int:
        with self.runtime.begin() as session:
            return suppression_reviews.decide_review(
                session,
                issue.edition_id,
                provider,
                decision,
                provider_of=self.provider_of,
                keyring=self.runtime.keyring,
                now=self.clock(),
            )


@pytest.fixture
def house(runtime: Runtime, clock: FakeClock) -> House:
    return House(runtime=runtime, clock=clock)


def test_one_of_two_readers_of_a_small_domain_may_well_be_gone(house: House) -> None:
    issue = house.an_issue("small.example", "small.example", *["example.org"] * 3)

    house.send(issue, ["r0.0@small.example"])

    assert len(house.suppressed()) == 1
    assert house.waiting() == []


def test_a_provider_that_seems_to_know_nobody_hurts_none_of_them(house: House) -> None:
    domains = ["gmail.com"] * MIN_UNKNOWN + ["googlemail.com"] * 2 + ["example.org"] * 60
    issue = house.an_issue(*domains, "example.org")

    house.send(issue, ["gmail.com", "googlemail.com", "r72.0@example.org"])

    # Who is unknown elsewhere is believed.
    assert house.suppressed() == {list(issue.readers.values())[-1]}
    (hold,) = house.waiting()
    assert (hold.provider, hold.unknown, hold.answered) == ("google", 12, 12)


def test_nobody_is_believed_when_too_many_are_unknown_all_over(house: House) -> None:
    """The relay says so to all, and no provider has enough readers to be noticed."""
    issue = house.an_issue(*[f"d{number}.example" for number in range(12)])

    house.send(issue, [f"d{number}.example" for number in range(12)])

    assert house.suppressed() == set()
    assert [each.provider for each in house.waiting()] == [ALL_PROVIDERS]


@pytest.mark.parametrize(("readers", "held"), [(60, 0), (59, 12)])
def test_a_fifth_of_a_providers_readers_may_be_gone_and_not_more(
    house: House, readers: int, held: int
) -> None:
    issue = house.an_issue(*["example.org"] * readers, *["other.example"] * 20)

    house.send(issue, [f"r{number}.0@example.org" for number in range(12)])

    assert len(house.suppressed()) == 12 - held
    assert sum(each.unknown for each in house.waiting()) == held


def test_those_who_are_really_gone_are_suppressed_when_somebody_says_so(house: House) -> None:
    issue = house.an_issue(*["old.example"] * 12, *["example.org"] * 60)
    house.send(issue, ["old.example"])

    count = house.decide(issue, "old.example", ReviewDecision.GONE)

    assert count == 12
    assert house.suppressed() == set(list(issue.readers.values())[:12])
    assert house.waiting() == []
    with pytest.raises(Conflict):
        house.decide(issue, "old.example", ReviewDecision.OURS)
    with pytest.raises(NotFound):
        house.decide(issue, "example.org", ReviewDecision.GONE)


def test_when_it_was_us_they_stay_and_get_the_edition(house: House) -> None:
    issue = house.an_issue(*["fine.example"] * 12, *["example.org"] * 60)
    house.send(issue, ["fine.example"])

    house.decide(issue, "fine.example", ReviewDecision.OURS)
    with house.runtime.begin() as session:
        count = resend_refused(session, issue.edition_id, faults=[Fault.SENDER], now=house.clock())
    copies = house.send(issue)

    assert count == 12
    assert house.suppressed() == set()
    assert copies == Counter(f"r{number}.0@fine.example" for number in range(12))


def test_one_word_decides_for_all_providers_of_an_edition(house: House) -> None:
    issue = house.an_issue(*["old.example"] * 12, *["gone.example"] * 11, *["fine.example"] * 40)
    house.send(issue, {"old.example", "gone.example"})
    providers = {each.provider for each in house.waiting()}

    count = house.decide(issue, ALL_PROVIDERS, ReviewDecision.OURS)

    assert providers == {"old.example", "gone.example"}
    assert count == 23
    assert house.waiting() == []
    assert house.suppressed() == set()
    with pytest.raises(NotFound):
        house.decide(issue, ALL_PROVIDERS, ReviewDecision.OURS)


def test_mails_that_come_back_one_by_one_are_noticed_too(house: House) -> None:
    """A relay that queues says it later, to each reader alone: those before are taken back."""
    issue = house.an_issue(*["late.example"] * 12, *["example.org"] * 60)
    house.send(issue)
    late = list(issue.readers.values())[:12]
    counts = []
    for reader in late:
        house.bounce(issue, reader)
        counts.append(len(house.suppressed()))

    assert counts == [*range(1, MIN_UNKNOWN), 0, 0, 0]
    (hold,) = house.waiting()
    assert (hold.provider, hold.answered) == ("late.example", 12)
    assert house.decide(issue, "late.example", ReviewDecision.GONE) == 12
    assert house.suppressed() == set(late)


def test_a_bounce_that_is_told_twice_counts_once(house: House) -> None:
    issue = house.an_issue(*["late.example"] * 12, *["example.org"] * 30)
    house.send(issue)
    few = list(issue.readers.values())[: MIN_UNKNOWN - 1]
    for reader in few:
        for said in ("User unknown", "User unknown here"):
            house.bounce(issue, reader, said=said)

    assert house.waiting() == []
    assert house.suppressed() == set(few)


@pytest.mark.parametrize("said", ReviewDecision)
def test_what_was_decided_of_a_provider_is_not_undone_by_what_is_said_of_all_others(
    house: House, said: ReviewDecision
) -> None:
    others = [f"d{number}.example" for number in range(2 * MIN_UNKNOWN)]
    issue = house.an_issue(*["gmail.com"] * MIN_UNKNOWN, *others)
    house.send(issue)
    google, rest = (
        list(issue.readers.values())[:MIN_UNKNOWN],
        list(issue.readers.values())[MIN_UNKNOWN:],
    )
    for reader in google:
        house.bounce(issue, reader)
    house.decide(issue, "google", said)
    gone = set(google) if said is ReviewDecision.GONE else set()

    for reader in rest[:MIN_UNKNOWN]:
        house.bounce(issue, reader)

    assert [each.provider for each in house.waiting()] == [ALL_PROVIDERS]
    assert house.suppressed() == gone
    assert house.decide(issue, ALL_PROVIDERS, ReviewDecision.GONE) == MIN_UNKNOWN
    assert house.suppressed() == gone | set(rest[:MIN_UNKNOWN])


def test_many_who_wait_elsewhere_do_not_hide_that_the_others_are_unknown_too(
    house: House,
) -> None:
    """A quarter more of all had to be unknown before anybody compared."""
    many, others = 8 * MIN_UNKNOWN, [f"d{number}.example" for number in range(MIN_UNKNOWN)]
    issue = house.an_issue(*["gmail.com"] * many, *others)

    house.send(issue, ["gmail.com"])
    for reader in list(issue.readers.values())[many:]:
        house.bounce(issue, reader)

    assert {each.provider for each in house.waiting()} == {"google", ALL_PROVIDERS}
    assert house.suppressed() == set()


def test_who_is_refused_again_after_it_was_us_counts_once(house: House) -> None:
    issue = house.an_issue(*["fine.example"] * 12, *["example.org"] * 60)
    house.send(issue, ["fine.example"])
    before = house.counted(issue)
    house.decide(issue, "fine.example", ReviewDecision.OURS)

    house.resend(issue)
    house.send(issue, ["fine.example"])

    assert before == house.counted(issue) == {"fine.example": 12, ALL_PROVIDERS: 12}


def test_few_who_are_refused_twice_are_not_held_for_many(house: House) -> None:
    """Six of 29 may be gone; twelve may not."""
    others = [f"d{number}.example" for number in range(12)]
    issue = house.an_issue(*["fine.example"] * 29, *others)
    gone = [f"r{number}.0@fine.example" for number in range(6)]
    house.send(issue, [*others, *gone])
    assert [each.provider for each in house.waiting()] == [ALL_PROVIDERS]
    house.decide(issue, ALL_PROVIDERS, ReviewDecision.OURS)

    house.resend(issue)
    house.send(issue, gone)

    assert house.waiting() == []
    assert house.counted(issue)["fine.example"] == 6


def test_whose_mails_came_back_get_the_edition_when_it_was_us(house: House) -> None:
    issue = house.an_issue(*["late.example"] * 12, *["example.org"] * 60)
    house.send(issue)
    late = list(issue.readers.values())[:12]
    for reader in late:
        house.bounce(issue, reader)
    came_back = books(house.runtime.begin, issue)

    assert house.decide(issue, "late.example", ReviewDecision.OURS) == 12
    dismissed = books(house.runtime.begin, issue)
    count = house.resend(issue)
    copies = house.send(issue)

    assert (came_back.accepted, came_back.bounced) == (72, 12)
    assert (dismissed.accepted, dismissed.refused, dismissed.bounced) == (60, 12, 0)
    assert count == 12
    assert copies == Counter(f"r{number}.0@late.example" for number in range(12))
    after = books(house.runtime.begin, issue)
    assert (after.accepted, after.refused, after.balanced) == (72, 0, True)
    with house.runtime.begin() as session:
        far = progress.get_progress(session, issue.edition_id, now=house.clock())
    assert (far.counts["accepted"], far.counts["refused"], far.pending) == (72, 0, 0)

    for reader in late[:2]:
        house.bounce(issue, reader, said="User unknown again")
    assert house.counted(issue) == {"late.example": 2, ALL_PROVIDERS: 2}


def test_who_decides_and_who_counts_do_not_wait_for_each_other(house: House) -> None:
    """Both change the provider's row and that of everybody: in the same order."""
    issue = house.an_issue(*["fine.example"] * 12, *["example.org"] * 60)
    house.send(issue, ["fine.example"])
    change = text(
        "UPDATE bounce_hold SET unknown = unknown + 1 WHERE edition_id = :id AND provider = :of"
    )
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    with ThreadPoolExecutor(1) as pool, house.runtime.begin() as session:
        session.execute(text("SET LOCAL lock_timeout = '5s'"))
        session.execute(change, {"id": issue.edition_id, "of": ALL_PROVIDERS})
        deciding = pool.submit(house.decide, issue, "fine.example", ReviewDecision.OURS)
        is_blocked = False
        while not is_blocked:
            assert not deciding.done()
            # A transaction of its own: within one, PostgreSQL shows the same activity again.
            with house.runtime.begin() as looking:
                is_blocked = looking.execute(blocked).scalar_one() > 0
        session.execute(change, {"id": issue.edition_id, "of": "fine.example"})
        session.commit()

        assert deciding.result() == 12
    assert house.counted(issue) == {"fine.example": 1, ALL_PROVIDERS: 1}


def test_a_decision_and_a_classification_never_wait_for_each_other(house: House) -> None:
    """One locked the counts and then the attempts, the other the attempts and then the counts."""
    issue = house.an_issue(*["fine.example"] * 30)
    with Saying(lambda stage, _: UNKNOWN if stage is SmtpStage.RCPT else None) as relay:
        send(issue, send_deps(house.runtime.begin, house.clock, relay.url, thresholds=NEVER))
    assert _classify(house, issue, provider_of=house.provider_of)
    assert "fine.example" in {each.provider for each in house.waiting()}
    decisions: list[Future[int]] = []

    with ThreadPoolExecutor(1) as pool:

        def decide_meanwhile(domain: str) -> str:
            """Runs when refusals are claimed and nothing is counted yet."""
            if not decisions:
                decisions.append(
                    pool.submit(house.decide, issue, "fine.example", ReviewDecision.OURS)
                )
                _wait_for_a_lock(house)
            return house.provider_of(domain)

        _classify(house, issue, provider_of=decide_meanwhile)

        assert [each.result() for each in decisions] == [30]
    assert house.suppressed() == set()


def _classify(house: House, issue: Issue, *, provider_of: Callable[[str], str]) -> bool:
    """Classify half of the readers' refusals."""
    with house.runtime.begin() as session:
        return classify_refusals.classify_refusals(
            session,
            issue.edition_id,
            keyring=house.runtime.keyring,
            provider_of=provider_of,
            now=house.clock(),
            chunk_size=15,
        )


def _wait_for_a_lock(house: House) -> None:
    """Return when a transaction of this database waits for another one."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with house.runtime.begin() as session:
            if session.scalar(waits):
                return
    raise AssertionError("no transaction waits for another one")
