"""What was refused by no reader's fault is sent again: once, and to nobody who has left."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.delivery.progress.thresholds import MAX_CONSECUTIVE_REFUSALS
from service.delivery.workflow.queries import refusals as queries
from service.delivery.workflow.resend import RESENDABLE_FAULTS, parse_fault, resend_refused
from service.editions import control
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, Invalid
from service.replies.classification import Fault, SmtpStage
from service.reports import progress, refusals
from tests.conftest import FakeClock
from tests.fakes.saying import Saying, always
from tests.rooms.delivery.harness import Issue, an_issue, books, leave, send, send_deps, states

QUOTA = "550 5.4.5 Daily user sending limit exceeded"
UNKNOWN = "550 5.1.1 No such user here"


def nothing(_stage: SmtpStage, _recipient: str) -> None:
    """Answer as usual."""


def again(
    begin: Begin,
    clock: FakeClock,
    issue: Issue,
    *faults: Fault,
    valid_for: timedelta | None = None,
) -> int:
    with begin() as session:
        return resend_refused(
            session, issue.edition_id, faults=faults, now=clock.now, valid_for=valid_for
        )


def ours(begin: Begin, issue: Issue) -> Fault:
    """Return whose fault the readers' refusals are."""
    with begin() as session:
        found = refusals.list_refusals(session, issue.edition_id, provider_of=str.lower)
        (fault,) = refusals.count_resendable(found)
    return Fault(fault)


def pages_agree(begin: Begin, issue: Issue, clock: FakeClock) -> bool:
    """Tell whether the page's sums say what the rows do, and the books balance."""
    read = books(begin, issue)
    with begin() as session:
        far = progress.get_progress(session, issue.edition_id, now=clock.now)
    return read.balanced and (read.accepted, read.refused, read.pending) == (
        far.counts["accepted"],
        far.counts["refused"],
        far.pending,
    )


def test_after_a_quota_everybody_gets_the_edition_once(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 60)
    balanced = []
    with Saying(always(SmtpStage.MAIL, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        balanced.append(pages_agree(begin, issue, clock))
        lost = books(begin, issue).refused
        relay.says = nothing
        with begin() as session:
            control.resume(session, issue.edition_id, now=clock.now)
        clock.advance(seconds=1)
        send(issue, deps)
        finished = books(begin, issue)
        balanced.append(pages_agree(begin, issue, clock))

        count = again(begin, clock, issue, ours(begin, issue))

        balanced.append(pages_agree(begin, issue, clock))
        during = books(begin, issue)
        send(issue, deps)
    after = books(begin, issue)

    assert balanced == [True, True, True]
    assert MAX_CONSECUTIVE_REFUSALS <= lost == finished.refused == count == during.pending
    assert (finished.state, during.state, after.state) == ("finished", "sending", "finished")
    assert (after.accepted, after.refused, after.attempts) == (60, 0, 60 + lost)
    assert relay.copies == Counter(issue.readers.keys())
    assert pages_agree(begin, issue, clock)
    with begin() as session:
        edition = get_edition(session, issue.edition_id)
        assert (edition.state, edition.paused_at) == (EditionState.FINISHED, None)


def test_a_mailbox_that_is_not_there_gets_nothing_again(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)

    def says(stage: SmtpStage, recipient: str) -> str | None:
        if recipient.startswith("r0"):
            return UNKNOWN if stage is SmtpStage.RCPT else None
        return QUOTA if stage is SmtpStage.DOT else None

    with Saying(says) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        relay.says = nothing
        with pytest.raises(Invalid):
            again(begin, clock, issue, Fault.READER)
        count = again(begin, clock, issue, *RESENDABLE_FAULTS)
        send(issue, deps)

    assert count == 2
    assert states(begin, issue) == ["refused", "accepted", "accepted"]


@pytest.mark.parametrize("valid_for", [timedelta(hours=-1), timedelta(0), timedelta.max])
def test_it_is_news_for_no_longer_than_a_newsletter_may_say(
    begin: Begin, clock: FakeClock, valid_for: timedelta
) -> None:
    issue = an_issue(begin, clock)

    with pytest.raises(Invalid, match="between 5 minutes and 14 days"):
        again(begin, clock, issue, Fault.RELAY, valid_for=valid_for)


@pytest.mark.parametrize("word", ["reader", "nobody", ""])
def test_only_refusals_that_are_no_readers_fault_can_be_named(word: str) -> None:
    with pytest.raises(Invalid):
        parse_fault(word)


def test_who_has_left_meanwhile_gets_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)
    first = next(iter(issue.readers.values()))
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        leave(begin, issue, first)
        relay.says = nothing
        again(begin, clock, issue, ours(begin, issue))
        send(issue, deps)

    assert states(begin, issue) == ["suppressed", "accepted", "accepted"]
    assert sum(relay.copies.values()) == 2


def test_who_may_have_a_copy_already_is_left_out(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 2)
    had_it, _ = issue.readers.values()
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        send(issue, send_deps(begin, clock, relay.url))
    with begin() as session:
        # An answer under a lease that was lost: it came too late to count.
        session.execute(
            text(
                "INSERT INTO attempt (edition_id, subscriber_id, at, result) "
                "SELECT edition_id, subscriber_id, at - interval '1 minute', 'accepted' "
                "FROM attempt WHERE subscriber_id = :reader"
            ),
            {"reader": had_it},
        )
        session.execute(text("UPDATE attempt SET id = 0 - id WHERE result = 'accepted'"))

    count = again(begin, clock, issue, ours(begin, issue))

    assert count == 1
    assert states(begin, issue) == ["refused", "deferred"]


def test_of_two_who_resend_at_once_one_finds_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 5)
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        send(issue, send_deps(begin, clock, relay.url))
    fault = ours(begin, issue)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(again, begin, clock, issue, fault) for _ in range(2)]
        counts = sorted(each.result() for each in both)

    assert counts == [0, 5]
    assert pages_agree(begin, issue, clock)


def test_old_news_is_sent_again_only_if_somebody_says_for_how_long(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 2)
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        relay.says = nothing
        fault = ours(begin, issue)
        clock.advance(days=2)
        with pytest.raises(Conflict, match="too old"):
            again(begin, clock, issue, fault)
        unchanged = states(begin, issue), books(begin, issue).state

        again(begin, clock, issue, fault, valid_for=timedelta(hours=6))
        clock.advance(hours=5)
        send(issue, deps)

    assert unchanged == (["refused"] * 2, "finished")
    assert states(begin, issue) == ["accepted"] * 2


def test_what_is_paused_stays_paused(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 40)
    with Saying(always(SmtpStage.MAIL, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        relay.says = nothing

        again(begin, clock, issue, ours(begin, issue))
        send(issue, deps)
        waiting = books(begin, issue)
        with begin() as session:
            control.resume(session, issue.edition_id, now=clock.now)
        send(issue, deps)

    assert (waiting.paused, waiting.refused, waiting.pending) == (True, 0, 40)
    assert books(begin, issue).accepted == 40
    assert relay.copies == Counter(issue.readers.keys())


def test_a_cancelled_edition_is_not_sent_again(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 40)
    with Saying(always(SmtpStage.MAIL, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        fault = ours(begin, issue)
        with begin() as session:
            control.cancel(session, issue.edition_id, now=clock.now)
        send(issue, deps)

    with pytest.raises(Conflict, match="cancelled"):
        again(begin, clock, issue, fault)
    read = books(begin, issue)
    assert read.balanced
    assert (read.expired, read.cancelled) == (40 - read.refused, 40 - read.refused)
    with begin() as session:
        far = progress.get_progress(session, issue.edition_id, now=clock.now)
    assert (far.counts["cancelled"], far.counts["expired"]) == (read.cancelled, 0)
    assert far.as_dict()["expired"] == read.expired


def test_the_last_word_counts_whatever_was_put_off_before_and_after(
    begin: Begin, clock: FakeClock
) -> None:
    """A late answer that put somebody off is no answer; a copy that somebody may have is one."""
    issue = an_issue(begin, clock, masks=[None] * 5)
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        send(issue, send_deps(begin, clock, relay.url))
    late, has_it, doubtful, *_ = issue.readers.values()
    with begin() as session:
        for reader, result in ((late, "deferred"), (has_it, "accepted")):
            _note(session, issue, reader, result, fault=None)
        # Refused after a doubt: they may have it all the same.
        _note(session, issue, doubtful, "uncertain", fault=None)
        _note(session, issue, doubtful, "refused", fault="sender")

    with begin() as session:
        found = refusals.list_refusals(session, issue.edition_id, provider_of=str.lower)

    assert sum(each.readers for each in found) == 4
    assert refusals.count_resendable(found) == {"sender": 3}
    assert again(begin, clock, issue, Fault.SENDER) == 3


def _note(session: Session, issue: Issue, reader: int, result: str, *, fault: str | None) -> None:
    session.execute(
        text(
            "INSERT INTO attempt (edition_id, subscriber_id, at, result, fault, reason, hard) "
            "VALUES (:edition, :reader, now(), :result, :fault, 'quota', false)"
        ),
        {"edition": issue.edition_id, "reader": reader, "result": result, "fault": fault},
    )


def test_refusals_are_found_without_reading_who_was_only_put_off(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)
    with Saying(always(SmtpStage.DOT, QUOTA)) as relay:
        send(issue, send_deps(begin, clock, relay.url))
    with begin() as session:
        session.execute(
            text(
                "INSERT INTO attempt (edition_id, subscriber_id, at, result) "
                "SELECT :edition, 1000 + number, now(), 'deferred' "
                "FROM generate_series(1, 20000) AS number"
            ),
            {"edition": issue.edition_id},
        )
        session.execute(text("ANALYZE attempt"))

    with begin() as session:
        plan = session.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {queries._GROUPS.text}"),
            {"edition_id": issue.edition_id},
        ).scalar_one()

    attempts = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "attempt"]
    assert attempts
    by = {node["Index Name"] for node in attempts if "Index Name" in node}
    # The second is for the words to the last of each group.
    assert by <= {"ix_attempt_answer", "pk_attempt"}
    assert (
        sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in attempts) < 20
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
