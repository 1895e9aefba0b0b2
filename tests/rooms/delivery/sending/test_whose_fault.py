"""What a relay says of us stops an edition, and takes no reader and no edition from anybody.

Each row is a relay that says the same to all 260 readers. Afterwards nobody is suppressed, the
edition is paused with the relay's words, and whoever was not under way still waits.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.delivery.progress.queries import counters
from service.delivery.progress.thresholds import MAX_CONSECUTIVE_REFUSALS
from service.editions import control
from service.editions.find import get_edition
from service.kit.db import Begin
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.saying import Saying, always
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps
from workers import record_refusals

READERS = 260
CONNECTIONS = 8

ROWS = [
    (SmtpStage.MAIL, "502 5.5.2 Error: command not recognized"),
    (SmtpStage.RCPT, "550 No Such User Here"),
    (
        SmtpStage.RCPT,
        "550-mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record",
    ),
    (SmtpStage.MAIL, "550 5.4.5 Daily user sending limit exceeded"),
    (SmtpStage.DOT, "550 5.4.5 Daily user sending limit exceeded"),
    (SmtpStage.MAIL, "554 Monthly quota of your plan exceeded"),
    (SmtpStage.DOT, "550 5.2.0 Mail rejected. OFR_506"),
    (SmtpStage.RCPT, "550 relay not permitted"),
    (SmtpStage.DATA, "554 no valid recipients"),
    (SmtpStage.MAIL, "530 5.7.0 Must issue a STARTTLS command first"),
    (SmtpStage.DOT, "554 5.3.0 Sorry, something of ours is broken"),
]


def unread(begin: Begin) -> int:
    with begin() as session:
        return int(
            session.execute(
                text("SELECT count(*) FROM attempt WHERE result = 'refused' AND read_at IS NULL")
            ).scalar_one()
        )


def suppressed(begin: Begin) -> int:
    with begin() as session:
        return int(session.execute(text("SELECT count(*) FROM suppression")).scalar_one())


def note(begin: Begin, issue: Issue) -> str:
    with begin() as session:
        edition = get_edition(session, issue.edition_id)
        assert edition.paused_at is not None
        return str(edition.note)


@pytest.mark.parametrize(
    ("stage", "answer", "offers"),
    [*((*row, ("PIPELINING",)) for row in ROWS), (*ROWS[0], ()), (*ROWS[1], ()), (*ROWS[4], ())],
)
def test_an_answer_that_everybody_gets_hurts_nobody(
    runtime: Runtime, clock: FakeClock, stage: SmtpStage, answer: str, offers: tuple[str, ...]
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * READERS)

    with Saying(always(stage, answer), offers=offers) as relay:
        deps = send_deps(runtime.begin, clock, relay.url, connections=CONNECTIONS)
        send(issue, deps)
        send(issue, deps)
    record_refusals.run(runtime, edition_id=issue.edition_id)

    read = books(runtime.begin, issue)
    assert suppressed(runtime.begin) == 0
    assert read.balanced
    # Whoever was under way on another connection when the twentieth answer came is lost, too.
    assert (
        MAX_CONSECUTIVE_REFUSALS
        <= read.refused + read.deferred
        < MAX_CONSECUTIVE_REFUSALS + CONNECTIONS
    )
    assert read.pending == READERS - read.refused
    said = note(runtime.begin, issue)
    assert said is not None
    assert answer.partition("\n")[0].partition(" ")[2] in said


def test_many_connections_of_several_processes_lose_few_before_the_pause_bites(
    begin: Begin, clock: FakeClock
) -> None:
    """Each process stops by itself; none waits until it is told of the other's pause."""
    readers, connections = 600, 16
    issue = an_issue(begin, clock, masks=[None] * readers)

    with Saying(always(SmtpStage.DOT, "550 5.4.5 Daily limit exceeded")) as relay:
        crews = [send_deps(begin, clock, relay.url, connections=connections) for _ in range(2)]
        with ThreadPoolExecutor(2) as processes:
            for run in [processes.submit(send, issue, deps) for deps in crews]:
                run.result()

    read = books(begin, issue)
    assert read.paused
    assert read.balanced
    assert read.refused < 2 * (MAX_CONSECUTIVE_REFUSALS + connections)
    assert read.pending == readers - read.refused


def test_every_attempt_keeps_its_stage_and_whose_fault_it_is(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 3)
    answers = {
        0: (SmtpStage.RCPT, "550 5.1.1 No such user here"),
        1: (SmtpStage.DOT, "554 5.7.1 Message refused by policy"),
        2: (SmtpStage.RCPT, "450 4.2.1 Busy"),
    }

    def says(stage: SmtpStage, recipient: str) -> str | None:
        at, answer = answers[int(recipient[1])] if recipient else (None, "")
        return answer if at is stage else None

    with Saying(says) as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))

    with runtime.begin() as session:
        kept = session.execute(
            text("SELECT result, stage, fault, hard FROM attempt ORDER BY subscriber_id")
        ).all()
    assert [tuple(row) for row in kept] == [
        ("refused", "rcpt", "reader", True),
        ("refused", "dot", "sender", False),
        ("deferred", "rcpt", None, None),
    ]


def test_what_others_were_refused_stops_a_run_that_has_seen_little(
    begin: Begin, clock: FakeClock
) -> None:
    """Each process sees its own run only; the sums in the database are everybody's."""
    issue = an_issue(begin, clock, masks=[None] * 30)
    with begin() as session:
        # Another process has met enough for both.
        sums = {"accepted": 180, "refused": 12, "faults": 12}
        counters.add_counts(session, issue.edition_id, sums, now=clock.now)

    def says(stage: SmtpStage, recipient: str) -> str | None:
        number = int(recipient[1:].partition(".")[0]) if recipient else 0
        answers = {0: "554 5.7.1 Refused by policy", 29: "450 4.2.0 Later"}
        return answers.get(number) if stage is SmtpStage.RCPT and recipient else None

    with Saying(says) as relay:
        send(issue, send_deps(begin, clock, relay.url, connections=1))

    assert "reasons that are not the readers’" in note(begin, issue)
    assert books(begin, issue).pending == 1


def test_nothing_is_paused_that_has_come_to_its_end(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * (MAX_CONSECUTIVE_REFUSALS - 1))

    with Saying(always(SmtpStage.MAIL, "550 5.4.5 Daily limit exceeded")) as relay:
        send(issue, send_deps(begin, clock, relay.url))

    with begin() as session:
        edition = get_edition(session, issue.edition_id)
        assert (edition.state, edition.paused_at) == ("finished", None)


def test_who_lets_it_go_on_too_early_loses_twenty_more_and_not_the_rest(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * READERS)

    with Saying(always(SmtpStage.MAIL, "550 5.4.5 Daily limit exceeded")) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        with begin() as session:
            clock.advance(seconds=1)
            control.resume(session, issue.edition_id, now=clock.now)
        send(issue, deps)

    read = books(begin, issue)
    assert read.paused
    assert read.refused < 2 * (MAX_CONSECUTIVE_REFUSALS + 4)
