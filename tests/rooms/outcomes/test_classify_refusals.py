"""What a relay refuses while it is being written to, and whom it hurts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import func, insert, select, text

from service.audience.tables import Suppression
from service.boot import Runtime
from service.delivery.notices.send_notice import send_notice
from service.delivery.progress.thresholds import Thresholds
from service.delivery.tables import Attempt, Delivery
from service.editions import control
from service.jobs.outbox import OutboxRow
from service.kit.db import Session
from service.outcomes import classify_refusals
from service.outcomes.tables import Outcome
from tests.builders import a_goodbye
from tests.conftest import FakeClock
from tests.fakes import moods
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, erase, send, send_deps
from workers import record_refusals

UNKNOWN = "550 5.1.1 No such user here"
FULL = "552 5.2.2 The mailbox is full"
NEVER = Thresholds(hard_bounces=0, complaints=0, policy=0)
KINDS = {"unknown": Mood.REFUSE, "policy": Mood.REFUSE_DOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An installation whose mails are refused in words that a test chooses."""

    runtime: Runtime
    clock: FakeClock

    def an_issue(self, readers: int) -> Issue:
        """Return an edition that is being sent to so many readers."""
        return an_issue(self.runtime.begin, self.clock, masks=[None] * readers)

    def refuse(self, issue: Issue, replies: Sequence[str], *, result: str = "refused") -> None:
        """Keep an attempt for each reader in turn, as sending does."""
        with self.runtime.begin() as session:
            session.execute(
                insert(Attempt),
                [
                    {
                        "edition_id": issue.edition_id,
                        "subscriber_id": reader,
                        "at": self.clock(),
                        "result": result,
                        "reply": reply,
                    }
                    for reader, reply in zip(issue.readers.values(), replies, strict=True)
                ],
            )
            # Everybody has been offered it.
            session.execute(text("UPDATE batch SET done_at = :now"), {"now": self.clock()})

    def read(self, edition_id: int) -> None:
        """Answer the job message."""
        record_refusals.run(self.runtime, edition_id=edition_id)

    def read_some(self, session: Session, issue: Issue, *, chunk_size: int) -> bool:
        """Read so many in this transaction."""
        return classify_refusals.classify_refusals(
            session,
            issue.edition_id,
            keyring=self.runtime.keyring,
            provider_of=self.runtime.pacing_rules.provider_of,
            now=self.clock(),
            chunk_size=chunk_size,
        )

    def suppressed(self) -> dict[int | None, str]:
        """Return why each suppressed subscriber is."""
        with self.runtime.begin() as session:
            rows = session.execute(select(Suppression.subscriber_id, Suppression.reason))
            return {row.subscriber_id: row.reason for row in rows}

    def outcomes(self) -> list[tuple[int | None, str, bool]]:
        """Return what is kept of readers: whose, why, and whether it is hard."""
        with self.runtime.begin() as session:
            rows = session.execute(
                select(Outcome.subscriber_id, Outcome.reason, Outcome.hard).order_by(Outcome.id)
            )
            return [(row.subscriber_id, row.reason, row.hard) for row in rows]

    def unread(self) -> int:
        """Count refusals that nobody has read."""
        unread = Attempt.read_at.is_(None), Attempt.result == "refused"
        with self.runtime.begin() as session:
            return session.scalar(select(func.count(Attempt.id)).where(*unread)) or 0

    def found(self) -> list[int]:
        """Return what the sweep would enqueue."""
        with self.runtime.begin() as session:
            return classify_refusals.editions_with_unclassified_refusals(session, now=self.clock())

    def rung(self) -> list[int]:
        """Return the ids with which somebody was asked to read refusals."""
        with self.runtime.begin() as session:
            rows = session.scalars(select(OutboxRow.args).where(OutboxRow.job == "record_refusals"))
            return [row["edition_id"] for row in rows]


@pytest.fixture
def door(runtime: Runtime, clock: FakeClock) -> Door:
    return Door(runtime=runtime, clock=clock)


def test_who_is_unknown_to_the_relay_is_suppressed_and_nobody_by_its_policy(door: Door) -> None:
    issue = door.an_issue(150)
    kinds = {address: moods.mixed(address).kind for address in issue.readers}
    unknown = {issue.readers[address] for address, kind in kinds.items() if kind == "unknown"}
    by_policy = sum(kind == "policy" for kind in kinds.values())
    assert len(unknown) > 3
    assert by_policy > 0
    with Relay(lambda to, _: KINDS.get(kinds[to], Mood.ACCEPT)) as relay:
        deps = send_deps(door.runtime.begin, door.clock, relay.url, thresholds=NEVER)
        send(issue, deps)

    rung = door.rung()
    door.read(issue.edition_id)

    assert rung == [issue.edition_id]
    assert door.suppressed() == dict.fromkeys(unknown, "hard_bounce")
    assert door.unread() == 0
    read = books(door.runtime.begin, issue)
    # They stay what they are in the equation: nothing of what was accepted came back.
    assert (read.refused, read.bounced) == (len(unknown) + by_policy, 0)


def test_a_run_in_which_nobody_is_refused_rings_for_nothing(door: Door) -> None:
    issue = door.an_issue(3)

    with Relay() as relay:
        send(issue, send_deps(door.runtime.begin, door.clock, relay.url))

    assert door.rung() == []


def test_what_speaks_of_us_is_read_and_hurts_nobody(door: Door) -> None:
    said = [
        "554 5.7.1 Message refused by policy",
        "550 5.1.1 No such user here (5.7.1 blocked)",
        "550 Relay access denied",
        "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy",
        "554 Your message looks like spam",
        "550 Too many messages, slow down",
        "553 5.1.8 Sender address rejected: domain not found",
        "535 5.7.8 Authentication failed",
        "unsendable",
        "smtputf8",
    ]
    issue = door.an_issue(len(said))
    door.refuse(issue, said)

    door.read(issue.edition_id)

    assert (door.unread(), door.suppressed(), door.outcomes()) == (0, {}, [])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (UNKNOWN, "userunknown"),
        ("550 5.1.2 Host unknown", "hostunknown"),
        ("550 Requested action not taken: mailbox unavailable", "userunknown"),
        ("551 5.1.6 The user has moved", "hasmoved"),
    ],
)
def test_what_blames_the_mailbox_is_kept_and_suppresses_with_its_evidence(
    door: Door, reply: str, reason: str
) -> None:
    issue = door.an_issue(1)
    (reader,) = issue.readers.values()
    door.refuse(issue, [reply])

    door.read(issue.edition_id)

    assert door.outcomes() == [(reader, reason, True)]
    with door.runtime.begin() as session:
        suppression = session.scalars(select(Suppression)).one()
    assert suppression.reason == "hard_bounce"
    assert f"edition {issue.edition_id}: {reason}" in str(suppression.evidence)


def test_only_refusals_are_read(door: Door) -> None:
    issue = door.an_issue(2)
    door.refuse(issue, ["550 5.1.1 No such user", "550 5.1.1 No such user"], result="deferred")

    door.read(issue.edition_id)

    assert door.suppressed() == {}


def test_a_full_mailbox_counts_on_three_days_of_more_than_a_week(door: Door) -> None:
    issue = door.an_issue(2)
    full, other = issue.readers.values()
    after = []
    for days in (0, 4, 4):
        door.clock.advance(days=days)
        door.refuse(issue, [FULL, "554 5.7.1 Refused by policy"])
        door.read(issue.edition_id)
        after.append(door.suppressed())

    assert after == [{}, {}, {full: "soft_bounces"}]
    assert other not in after[-1]


def test_reading_twice_changes_nothing(door: Door) -> None:
    issue = door.an_issue(2)
    door.refuse(issue, [UNKNOWN, FULL])

    door.read(issue.edition_id)
    door.read(issue.edition_id)

    assert len(door.outcomes()) == 2
    assert len(door.suppressed()) == 1


def test_a_suppression_that_was_lifted_is_not_made_again_by_what_was_read(door: Door) -> None:
    issue = door.an_issue(1)
    door.refuse(issue, [UNKNOWN])
    door.read(issue.edition_id)
    with door.runtime.begin() as session:
        session.execute(text("DELETE FROM suppression"))

    door.read(issue.edition_id)

    assert door.suppressed() == {}


def test_many_are_read_some_at_a_time(door: Door) -> None:
    issue = door.an_issue(9)
    door.refuse(issue, [UNKNOWN] * 9)
    counts = []
    more = True
    while more:
        with door.runtime.begin() as session:
            more = door.read_some(session, issue, chunk_size=4)
        counts.append(len(door.suppressed()))

    assert counts == [4, 8, 9]


def test_two_who_read_at_the_same_time_share_the_work(door: Door) -> None:
    issue = door.an_issue(5)
    door.refuse(issue, [UNKNOWN] * 5)

    def read() -> bool:
        with door.runtime.begin() as session:
            return door.read_some(session, issue, chunk_size=3)

    with ThreadPoolExecutor(2) as pool:
        more = [each.result() for each in [pool.submit(read), pool.submit(read)]]

    assert sorted(more) == [False, True]
    assert len(door.suppressed()) == len(door.outcomes()) == 5


def test_the_erased_and_the_suppressed_are_passed_over(door: Door) -> None:
    issue = door.an_issue(3)
    erased, complained, unknown = issue.readers.values()
    door.refuse(issue, [UNKNOWN] * 3)
    with door.runtime.begin() as session:
        code = door.runtime.keyring.code("suppression", b"r1.0@example.org")
        session.add(
            Suppression(
                address_hash=code, subscriber_id=complained, reason="complaint", since=door.clock()
            )
        )
    erase(door.runtime.begin, erased)

    door.read(issue.edition_id)

    assert door.suppressed() == {complained: "complaint", unknown: "hard_bounce"}


def test_refusals_of_a_paused_edition_wait_for_the_operator(door: Door) -> None:
    """A relay that knows nobody is set up badly; whoever resumes the edition has looked."""
    issue = door.an_issue(1)
    door.refuse(issue, [UNKNOWN])
    with door.runtime.begin() as session:
        control.pause(session, issue.edition_id, now=door.clock())
    door.read(issue.edition_id)
    door.clock.advance(minutes=2)
    waiting = door.unread(), door.suppressed(), door.found()

    with door.runtime.begin() as session:
        control.resume(session, issue.edition_id, now=door.clock())
    found = door.found()
    door.read(issue.edition_id)

    assert waiting == (1, {}, [])
    assert found == [issue.edition_id]
    assert len(door.suppressed()) == 1


def test_an_old_refusal_that_nobody_has_read_is_not_believed(door: Door) -> None:
    issue = door.an_issue(1)
    door.refuse(issue, [UNKNOWN])
    door.clock.advance(days=4)

    door.read(issue.edition_id)

    assert (door.unread(), door.suppressed()) == (0, {})


def test_the_sweep_finds_refusals_whose_job_message_was_lost(door: Door) -> None:
    issue = door.an_issue(1)
    door.refuse(issue, [UNKNOWN])
    at_once = door.found()
    door.clock.advance(minutes=2)
    later = door.found()
    door.read(issue.edition_id)

    assert (at_once, later, door.found()) == ([], [issue.edition_id], [])


def test_a_notice_that_is_refused_for_its_mailbox_suppresses_too(door: Door) -> None:
    issue = door.an_issue(1)
    (reader,) = issue.readers.values()
    with door.runtime.begin() as session:
        notice_id = a_goodbye(session, issue.newsletter_id, reader, now=door.clock())
    with Relay(lambda _to, _attempt: Mood.REFUSE) as relay:
        state = send_notice(notice_id, send_deps(door.runtime.begin, door.clock, relay.url))

    rung = door.rung()
    door.read(0)

    assert (state, rung) == ("refused", [0])
    assert door.suppressed() == {reader: "hard_bounce"}
    assert door.outcomes() == [(reader, "userunknown", True)]


def test_the_next_edition_leaves_out_whom_the_relay_does_not_know(door: Door) -> None:
    issue = door.an_issue(2)
    gone, _ = issue.readers.values()
    door.refuse(issue, [UNKNOWN, "554 5.7.1 Refused by policy"])

    door.read(issue.edition_id)
    with door.runtime.begin() as session:
        session.execute(text("UPDATE batch SET done_at = NULL"))
    with Relay() as relay:
        tally = send(issue, send_deps(door.runtime.begin, door.clock, relay.url))

    assert dict(tally) == {"accepted": 1}
    with door.runtime.begin() as session:
        row = session.get_one(Delivery, (issue.edition_id, gone))
    assert (row.state, row.reason) == ("suppressed", "hard_bounce")
