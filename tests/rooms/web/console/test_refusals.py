"""Refusals in the console: why, at whom, sending again, who is held, and undoing a bad day."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from service.accounts.roles import Role
from service.audience.tables import Suppression
from service.boot import Runtime
from service.delivery.progress.thresholds import Thresholds
from service.editions.find import get_edition
from service.editions.locking import lock_edition
from service.kit.translatable import verbatim
from service.outcomes.evidence import refusal_evidence
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.saying import Saying
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps
from tests.rooms.web.signed_in import an_operator
from workers import record_refusals

NEVER = Thresholds(hard_bounces=0, complaints=0, policy=0)
POLICY = "554 5.7.1 Message refused by policy"
UNKNOWN = "550 5.1.1 No such user here"


@dataclass(frozen=True)
class Sent:
    """An edition of 40: 11 unknown, 3 refused by policy, the others have it."""

    issue: Issue
    here: str


@pytest.fixture
def sent(runtime: Runtime, clock: FakeClock) -> Sent:
    issue = an_issue(runtime.begin, clock, masks=[None] * 40)

    def says(stage: SmtpStage, recipient: str) -> str | None:
        number = int(recipient[1:].partition(".")[0]) if recipient else 99
        if stage is SmtpStage.RCPT and number < 11:
            return UNKNOWN
        return POLICY if stage is SmtpStage.DOT and number < 14 else None

    with Saying(says) as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url, thresholds=NEVER))
    record_refusals.run(runtime, edition_id=issue.edition_id)
    return Sent(issue=issue, here=f"/console/editions/{issue.edition_id}")


def suppressed(runtime: Runtime) -> int:
    with runtime.begin() as session:
        return len(session.scalars(select(Suppression.address_hash)).all())


def test_refusals_are_told_by_reason_provider_and_fault_in_words(
    runtime: Runtime, sent: Sent
) -> None:
    french = an_operator(runtime).get(f"{sent.here}/refusals").text
    english = an_operator(runtime, locale="en").get(f"{sent.here}/refusals").text
    page = an_operator(runtime, Role.VIEWER, locale="en").get(sent.here).text

    for words in ("adresse inconnue", "La boîte", "Nous, l’expéditeur", "example.org", POLICY):
        assert words in french
    for words in ("unknown address", "The mailbox", "Us as the sender", "example.org", POLICY):
        assert words in english
        assert words in page
    assert "userunknown" not in french + english + page
    assert f'href="{sent.here}/refusals"' in page


def test_what_was_refused_because_of_us_is_sent_again_after_a_question(
    runtime: Runtime, sent: Sent
) -> None:
    browser = an_operator(runtime, Role.EDITOR, locale="en")

    asked = browser.get(f"{sent.here}/resend?refused=sender").text
    before = books(runtime.begin, sent.issue)
    done = browser.post(f"{sent.here}/resend", data={"refused": "sender"})
    twice = browser.post(f"{sent.here}/resend", data={"refused": "sender"})
    journal = browser.get("/console/journal").text

    assert "3 readers who were refused will be sent this edition" in asked
    assert before.state == "finished"
    assert (done.status_code, done.headers["location"]) == (303, sent.here)
    # Nobody is left the second time.
    assert twice.headers["location"] == f"{sent.here}/refusals"
    after = books(runtime.begin, sent.issue)
    assert (after.state, after.refused, after.pending) == ("sending", 11, 3)
    assert "Edition sent again" in journal
    assert "fault: Us as the sender" in journal


@pytest.mark.parametrize("refused", ["reader", "relay", "", "everything"])
def test_nobody_is_sent_it_again_for_a_reason_that_is_not_there(
    runtime: Runtime, sent: Sent, refused: str
) -> None:
    browser = an_operator(runtime)

    answers = [
        browser.get(f"{sent.here}/resend?refused={refused}"),
        browser.post(f"{sent.here}/resend", data={"refused": refused}),
    ]

    assert {answer.headers["location"] for answer in answers} == {f"{sent.here}/refusals"}
    assert books(runtime.begin, sent.issue).state == "finished"


def test_old_news_is_sent_again_for_as_long_as_the_form_says(
    runtime: Runtime, sent: Sent, clock: FakeClock
) -> None:
    clock.advance(hours=30)
    browser = an_operator(runtime)

    late = browser.post(f"{sent.here}/resend", data={"refused": "sender"})
    states = [books(runtime.begin, sent.issue).state]
    browser.post(f"{sent.here}/resend", data={"refused": "sender", "hours": "6"})

    assert late.headers["location"] == f"{sent.here}/refusals"
    assert [*states, books(runtime.begin, sent.issue).state] == ["finished", "sending"]


def test_resuming_too_late_asks_for_how_long_it_is_still_news(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 4)
    here = f"/console/editions/{issue.edition_id}"
    browser = an_operator(runtime, locale="en")
    browser.post(f"{here}/pause")
    too_early = browser.get(f"{here}/late")
    with runtime.begin() as session:
        lock_edition(session, issue.edition_id).expires_at = clock.now
    clock.advance(minutes=1)

    answer = browser.post(f"{here}/resume")
    asked = browser.get(f"{here}/late").text
    french = an_operator(runtime).get(f"{here}/late").text
    nonsense = browser.post(f"{here}/late", data={"hours": "99999999999"})
    waiting = books(runtime.begin, issue)
    browser.post(f"{here}/late", data={"hours": "6"})

    assert too_early.headers["location"] == here
    assert answer.headers["location"] == nonsense.headers["location"] == f"{here}/late"
    assert "4 readers are still waiting for it" in asked
    assert "4 lecteurs l’attendent encore" in french
    assert waiting.paused
    read = books(runtime.begin, issue)
    assert (read.paused, read.pending) == (False, 4)
    with runtime.begin() as session:
        expires_at = get_edition(session, issue.edition_id).expires_at
    assert expires_at == clock.now + timedelta(hours=6)


@pytest.mark.parametrize(("decision", "left"), [("gone", 11), ("ours", 0)])
def test_held_readers_wait_for_a_word_and_get_what_it_says(
    runtime: Runtime, sent: Sent, decision: str, left: int
) -> None:
    browser = an_operator(runtime, locale="en")
    page = browser.get(f"{sent.here}/refusals").text
    edition = browser.get(sent.here).text
    first = browser.get("/console").text
    waiting = suppressed(runtime)

    form = {"provider": "example.org", "decision": decision}
    browser.post(f"{sent.here}/held", data=form)
    again = browser.post(f"{sent.here}/held", data=form)

    assert "11 of 40 addresses are reported not to exist" in page
    assert "example.org seems to know too few of the readers" in edition
    assert "example.org seems to know too few of the readers" in first
    assert waiting == 0
    assert suppressed(runtime) == left
    assert again.status_code == 303
    assert "reported not to exist" not in browser.get(f"{sent.here}/refusals").text
    with runtime.begin() as session:
        faults = session.execute(text("SELECT count(*) FROM attempt WHERE fault = 'sender'"))
        assert faults.scalar_one() == (14 if decision == "ours" else 3)


def test_a_bad_day_is_undone_after_a_question_and_never_without_a_limit(
    runtime: Runtime, sent: Sent
) -> None:
    browser = an_operator(runtime, Role.EDITOR, locale="en")
    browser.post(f"{sent.here}/held", data={"provider": "example.org", "decision": "gone"})
    form = {"provider": "example.org", "since": "2023-02-08T00:00", "until": "2023-02-09T00:00"}

    listed = browser.get("/console/suppressions").text
    wide = browser.post("/console/suppressions/lift", data={})
    kept = suppressed(runtime)
    other = browser.get("/console/suppressions?provider=google").text
    asked = browser.post("/console/suppressions/ask", data=form).text
    browser.post("/console/suppressions/lift", data=form)
    journal = browser.get("/console/journal").text

    assert "r0.0@example.org" in listed
    assert "address that refuses messages" in listed
    assert wide.status_code == 303
    assert kept == 11
    assert "@example.org" not in other
    assert "11 addresses will be written to again" in asked
    assert suppressed(runtime) == 0
    assert "Suppressions lifted" in journal
    assert "readers: 11" in journal
    assert "hard_bounce" not in journal


@pytest.mark.parametrize("since", ["yesterday", "2023-02-30T10:00", "9999-12-31T23:59-12:00"])
def test_a_time_that_is_none_undoes_nothing(runtime: Runtime, sent: Sent, since: str) -> None:
    browser = an_operator(runtime, Role.EDITOR, locale="en")
    browser.post(f"{sent.here}/held", data={"provider": "example.org", "decision": "gone"})
    form = {"provider": "example.org", "since": since}

    listed = browser.get("/console/suppressions", params=form)
    asked = browser.post("/console/suppressions/ask", data=form)
    browser.post("/console/suppressions/lift", data=form)
    told = browser.get("/console/suppressions").text

    assert listed.status_code == 200
    assert asked.status_code == 303
    assert "One of the times could not be read" in told
    assert suppressed(runtime) == 11


def test_a_readers_page_says_why_in_words(runtime: Runtime, sent: Sent, clock: FakeClock) -> None:
    with runtime.begin() as session:
        for reader, evidence in zip(
            sent.issue.readers.values(),
            (
                refusal_evidence(36, reason="userunknown", status="5.1.1"),
                verbatim("Nous l’a demandé par téléphone."),
            ),
            strict=False,
        ):
            session.add(
                Suppression(
                    address_hash=f"{reader}",
                    subscriber_id=reader,
                    reason="hard_bounce",
                    evidence=evidence,
                    since=clock.now,
                )
            )
    browser = an_operator(runtime)

    page = browser.get("/console/suppressions").text

    assert "Refusé avec l’édition 36\u00a0: adresse inconnue (5.1.1)" in page
    assert "Nous l’a demandé par téléphone." in page


def test_cancelled_deliveries_are_called_cancelled(runtime: Runtime, clock: FakeClock) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 3)
    browser = an_operator(runtime)
    browser.post(f"/console/editions/{issue.edition_id}/cancel")
    with Saying(lambda _stage, _recipient: None) as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))

    page = " ".join(browser.get(f"/console/editions/{issue.edition_id}").text.split())
    reader = browser.get(f"/console/readers/{next(iter(issue.readers.values()))}").text

    assert 'aria-label="3 lecteurs : Annulés 3"' in page
    assert ">Annulé<" in reader
    assert "cancelled" not in reader.replace("state-cancelled", "")
