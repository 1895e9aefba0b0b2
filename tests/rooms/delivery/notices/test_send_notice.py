"""Transactional mails: queued with the act, sent once, retried, expired, never to who is gone."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.audience import confirm_token, reader_token
from service.audience.pending_notice import PendingNotice
from service.audience.suppress import suppress
from service.delivery.notices import queries
from service.delivery.notices import send_notice as notices
from service.delivery.notices.send_notice import queue_notice, send_notice
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.workflow import due_work
from service.editions.lifecycle import MAX_SETBACKS
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.kit.translatable import translatable
from service.replies.classification import SmtpStage
from tests.builders import a_newsletter, a_reader, a_waiting_notice
from tests.conftest import FakeClock
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Mood, Relay
from tests.fakes.saying import Saying, always
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import PATIENT, SHORT, erase, send_deps

ADDRESS = "awa@example.org"


def a_notice(
    begin: Begin, clock: FakeClock, kind: str = "confirm", mask: int | None = None
) -> tuple[int, int]:
    """Queue a notice for a new reader; return its id and the reader's."""
    with begin() as session:
        paper = a_newsletter(session, now=clock.now)
        reader = a_reader(session, paper, now=clock.now, address=ADDRESS)
        notice_id = a_waiting_notice(session, reader, now=clock.now, kind=kind, mask=mask)
        return notice_id, reader.subscriber_id


def state_of(begin: Begin, notice_id: int) -> tuple[str, int]:
    with begin() as session:
        row = session.execute(
            text("SELECT state, attempts FROM notice WHERE id = :id"), {"id": notice_id}
        ).one()
    return row.state, row.attempts


def test_a_confirmation_carries_a_link_that_proves_the_request(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    notice_id, reader = a_notice(begin, clock, mask=0b001)

    state = send_notice(
        notice_id, send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")
    )

    assert state == "accepted"
    (taken,) = sink.to(ADDRESS)
    body = taken.mail.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    token = words.split("/confirm/")[1][: confirm_token.LENGTH]
    confirm = confirm_token.verify_confirm_token(keyring, token)
    assert confirm is not None
    assert (confirm.subscriber_id, confirm.generation) == (reader, 1)
    assert "Politique" in words
    assert taken.mail["Auto-Submitted"] == "auto-generated"
    assert taken.mail["List-Unsubscribe"] is None


def test_a_link_for_three_days_says_so_in_the_middle_of_a_second(
    begin: Begin, clock: FakeClock, sink: Sink
) -> None:
    clock.advance(milliseconds=700)
    notice_id, _ = a_notice(begin, clock)

    send_notice(notice_id, send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never"))

    (taken,) = sink.to(ADDRESS)
    body = taken.mail.get_body(("plain",))
    assert body is not None
    assert "3 jours" in body.get_content().replace("\u00a0", " ")


def test_a_welcome_can_be_left_with_one_click(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    notice_id, subscriber_id = a_notice(begin, clock, kind="welcome")

    send_notice(notice_id, send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never"))

    (taken,) = sink.to(ADDRESS)
    link = str(taken.mail["List-Unsubscribe"]).split(">")[0].lstrip("<")
    proof = reader_token.verify_reader_token(keyring, link.rsplit("/", 1)[1])
    assert link.startswith("https://crieur.test/unsubscribe/")
    assert proof is not None
    assert (proof.edition_id, proof.subscriber_id) == (0, subscriber_id)


def test_a_goodbye_is_sent_too(begin: Begin, clock: FakeClock, sink: Sink) -> None:
    notice_id, _ = a_notice(begin, clock, kind="goodbye")

    send_notice(notice_id, send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never"))

    assert len(sink.to(ADDRESS)) == 1


def test_two_job_messages_send_once(begin: Begin, clock: FakeClock) -> None:
    notice_id, _ = a_notice(begin, clock)

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        states = [send_notice(notice_id, deps), send_notice(notice_id, deps)]

    assert states == ["accepted", None]
    assert len(relay.accepted) == 1


def test_a_deferred_notice_is_found_again_by_the_sweep(begin: Begin, clock: FakeClock) -> None:
    notice_id, _ = a_notice(begin, clock)

    with Relay(lambda _, attempt: Mood.DEFER if attempt == 1 else Mood.ACCEPT) as relay:
        deps = send_deps(begin, clock, relay.url)
        first = send_notice(notice_id, deps)
        with begin() as session:
            now = due_work.due_notices(session, now=clock.now)
            later = due_work.due_notices(session, now=clock.advance(minutes=2))
        second = send_notice(notice_id, deps)

    assert (first, now, later, second) == ("deferred", [], [notice_id], "accepted")
    assert state_of(begin, notice_id) == ("accepted", 2)


@pytest.mark.parametrize(
    ("mood", "state"),
    [
        (Mood.REFUSE, "refused"),
        (Mood.DROP_AFTER_DOT, "uncertain"),
        (Mood.DROP, "deferred"),
        (Mood.HANG, "deferred"),
    ],
)
def test_a_notice_has_the_states_of_a_delivery(
    begin: Begin, clock: FakeClock, mood: Mood, state: str
) -> None:
    notice_id, _ = a_notice(begin, clock)

    with Relay(lambda _recipient, _attempt: mood) as relay:
        timeouts = SHORT if mood is Mood.HANG else PATIENT
        found = send_notice(notice_id, send_deps(begin, clock, relay.url, timeouts=timeouts))

    assert found == state


def test_a_notice_waits_for_a_relay_that_is_away_and_takes_another_one(
    begin: Begin, clock: FakeClock
) -> None:
    notice_id, _ = a_notice(begin, clock)

    with a_free_port() as nobody, Relay() as relay:
        away = f"smtp://127.0.0.1:{nobody}"
        first = send_notice(notice_id, send_deps(begin, clock, away))
        clock.advance(minutes=2)
        second = send_notice(notice_id, send_deps(begin, clock, away, relay.url))

    assert (first, second) == ("deferred", "accepted")
    assert len(relay.accepted) == 1


def test_a_process_that_ends_does_not_wait_for_a_silent_relay(
    begin: Begin, clock: FakeClock
) -> None:
    notice_id, _ = a_notice(begin, clock)

    with Relay(lambda _recipient, _attempt: Mood.HANG) as relay:
        deps = send_deps(begin, clock, relay.url, timeouts=SmtpTimeouts(), drain_for=timedelta(0))
        state = send_notice(notice_id, deps, stop=lambda: relay.attempts.total() == 1)

    assert state == "deferred"


def test_a_link_that_would_be_dead_is_not_sent(begin: Begin, clock: FakeClock) -> None:
    notice_id, _ = a_notice(begin, clock)
    clock.advance(days=3)

    with Relay() as relay:
        assert send_notice(notice_id, send_deps(begin, clock, relay.url)) is None

    assert not relay.accepted
    assert state_of(begin, notice_id) == ("expired", 0)


def test_nobody_writes_to_who_was_erased_or_suppressed(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    bounced, subscriber_id = a_notice(begin, clock)
    with begin() as session:
        suppress(
            session,
            subscriber_id=subscriber_id,
            reason="bounced",
            now=clock.now,
            keyring=keyring,
        )

    with Relay() as relay:
        assert send_notice(bounced, send_deps(begin, clock, relay.url)) is None
        erase(begin, subscriber_id)

    assert not relay.accepted
    assert state_of(begin, bounced) == ("suppressed", 0)


@pytest.mark.parametrize("reason", ["hard_bounce", "soft_bounces"])
def test_who_signs_up_again_after_bounces_is_asked_and_told_nothing_else(
    begin: Begin, clock: FakeClock, keyring: Keyring, reason: str
) -> None:
    asked, subscriber_id = a_notice(begin, clock)
    with begin() as session:
        told = queue_notice(
            session,
            kind="welcome",
            newsletter_id=session.execute(text("SELECT id FROM newsletter")).scalar_one(),
            subscriber_id=subscriber_id,
            facts={"section_mask": None},
            now=clock.now,
            valid_for=timedelta(days=3),
        )
        suppress(
            session, subscriber_id=subscriber_id, reason=reason, now=clock.now, keyring=keyring
        )

    with Relay() as relay:
        for notice_id in (asked, told):
            send_notice(notice_id, send_deps(begin, clock, relay.url))

    assert [state_of(begin, each)[0] for each in (asked, told)] == ["accepted", "suppressed"]


def test_a_relay_that_is_set_up_badly_costs_nobody_a_confirmation(
    begin: Begin, clock: FakeClock
) -> None:
    notice_id, _ = a_notice(begin, clock)
    with Saying(always(SmtpStage.MAIL, "550 5.4.5 Daily user sending limit exceeded")) as relay:
        deps = send_deps(begin, clock, relay.url)
        refused = send_notice(notice_id, deps)
        relay.says = lambda _stage, _recipient: None
        clock.advance(minutes=5)
        repaired = send_notice(notice_id, deps)

    assert (refused, repaired) == ("deferred", "accepted")
    assert sum(relay.copies.values()) == 1


def test_a_notice_that_nobody_committed_is_not_sent(begin: Begin, clock: FakeClock) -> None:
    notice_id, _ = a_notice(begin, clock)

    with Relay() as relay:
        assert send_notice(notice_id + 1, send_deps(begin, clock, relay.url)) is None


def die_with(begin: Begin, clock: FakeClock, notice_id: int) -> None:
    """Take a notice as a worker does, and never come back."""
    until = clock.now + timedelta(minutes=2)
    with begin() as session:
        claimed = queries.claim_notice(session, notice_id=notice_id, now=clock.now, until=until)
        assert claimed is not None
    clock.advance(minutes=2)


def test_a_notice_with_which_workers_die_is_set_aside_and_told_of(
    begin: Begin, clock: FakeClock
) -> None:
    notice_id, _ = a_notice(begin, clock)
    for _ in range(MAX_SETBACKS):
        die_with(begin, clock, notice_id)

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        assert send_notice(notice_id, deps) is None
        with begin() as session:
            assert due_work.due_notices(session, now=clock.advance(hours=12)) == []
            (stuck,) = notices.find_stuck_notices(session)
        assert (stuck.count, stuck.reason) == (1, translatable("notice.given_up"))

        clock.advance(days=3)
        assert send_notice(notice_id, deps) is None
        assert relay.accepted == []

    assert state_of(begin, notice_id) == ("expired", 0)
    with begin() as session:
        assert notices.find_stuck_notices(session) == []


def test_deaths_of_before_do_not_outweigh_answers(begin: Begin, clock: FakeClock) -> None:
    notice_id, _ = a_notice(begin, clock)
    for _ in range(MAX_SETBACKS - 1):
        die_with(begin, clock, notice_id)

    with Relay(lambda _, attempt: Mood.DEFER if attempt < 9 else Mood.ACCEPT) as relay:
        deps = send_deps(begin, clock, relay.url)
        for _ in range(8):
            assert send_notice(notice_id, deps) == "deferred"
            clock.advance(hours=3)
        assert send_notice(notice_id, deps) == "accepted"

    assert state_of(begin, notice_id) == ("accepted", 9)


def test_a_notice_that_cannot_be_written_is_told_of_while_it_waits(
    begin: Begin, clock: FakeClock
) -> None:
    notice_id, _ = a_notice(begin, clock)
    with begin() as session:
        session.execute(text("UPDATE newsletter SET sender_address = 'rené@example.org'"))

    with Relay() as relay:
        send_notice(notice_id, send_deps(begin, clock, relay.url))
        with begin() as session:
            (stuck,) = notices.find_stuck_notices(session)
            session.execute(text("UPDATE newsletter SET sender_address = 'rene@example.org'"))
        clock.advance(minutes=2)
        assert send_notice(notice_id, send_deps(begin, clock, relay.url)) == "accepted"

    assert (stuck.count, stuck.reason) == (1, translatable("notice.unwritable", error="Invalid"))
    with begin() as session:
        assert notices.find_stuck_notices(session) == []


def test_what_the_audience_wants_to_be_sent_is_queued_once_and_until_it_is_too_late(
    begin: Begin, clock: FakeClock
) -> None:
    """The web and the terminal queue it in the same words; with nothing to send nothing waits."""
    with begin() as session:
        reader = a_reader(session, a_newsletter(session, now=clock.now), now=clock.now)
        goodbye = PendingNotice(
            kind="goodbye",
            newsletter_id=reader.newsletter_id,
            subscriber_id=reader.subscriber_id,
            facts={"section_mask": 5},
            valid_for=timedelta(days=2),
        )
        notices.queue_pending_notice(session, None, now=clock.now)
        notices.queue_pending_notice(session, goodbye, now=clock.now)

    with begin() as session:
        (queued,) = session.execute(
            text("SELECT id, kind, subscriber_id, facts, expires_at FROM notice")
        )
        due = due_work.due_notices(session, now=clock.now)
    assert due == [queued.id]
    assert (queued.kind, queued.subscriber_id) == ("goodbye", reader.subscriber_id)
    assert queued.facts == {"section_mask": 5}
    assert queued.expires_at == clock.now + timedelta(days=2)
