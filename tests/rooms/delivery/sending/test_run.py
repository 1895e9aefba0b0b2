"""The heart: whatever the relay, the readers and the operators do, the books balance."""

import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from service.audience.suppress import suppress
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.retry import UncertainPolicy
from service.delivery.workflow import due_work
from service.editions import control
from service.editions.find import get_edition
from service.jobs import outbox
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Kept, Mood, Relay
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import (
    PATIENT,
    SHORT,
    an_issue,
    books,
    erase,
    leave,
    rows,
    send,
    send_deps,
    states,
)

# As short as the patience can be that a busy machine must not lose with the relays that do answer.
HASTY = SmtpTimeouts(connect=60, command=2, data=2, block=2, dot=2)


def test_every_reader_gets_one_mail_and_the_edition_finishes(
    begin: Begin, clock: FakeClock, sink: Sink
) -> None:
    issue = an_issue(begin, clock, masks=[None, 0b001, 0b110, 0b111])
    deps = send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")

    tally = send(issue, deps)

    ledger = books(begin, issue)
    assert tally["accepted"] == 4
    assert (ledger.state, ledger.candidates, ledger.accepted, ledger.pending) == (
        "finished",
        4,
        4,
        0,
    )
    assert ledger.balanced
    assert sorted(mail.recipient for mail in sink.messages) == sorted(issue.readers)
    mail = sink.messages[0].mail
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "crieurtoken" not in sink.messages[0].raw.decode()
    assert len({message.mail["Message-ID"] for message in sink.messages}) == 4
    assert len({message.sender for message in sink.messages}) == 4


def test_a_reader_whose_sections_are_not_in_the_edition_is_no_candidate(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None, 0b1000, 0])

    assert books(begin, issue).candidates == 1


def test_4xx_is_tried_again_later_and_then_accepted(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    def moods(_recipient: str, attempt: int) -> Mood:
        return (Mood.DEFER, Mood.DEFER_DOT, Mood.ACCEPT)[attempt - 1]

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        first = states(begin, issue)
        send(issue, deps)
        too_early = sum(relay.attempts.values())
        clock.advance(minutes=2)
        send(issue, deps)
        clock.advance(minutes=10)
        send(issue, deps)

    assert first == ["deferred"] * 3
    assert too_early == 3
    ledger = books(begin, issue)
    assert (ledger.accepted, ledger.pending, ledger.attempts) == (3, 0, 9)
    assert ledger.state == "finished"
    assert len(relay.accepted) == 3


def test_5xx_is_final_and_says_why_without_the_address(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _recipient, _attempt: Mood.REFUSE) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clock.advance(hours=3)
        send(issue, deps)

    (row,) = rows(begin, issue)
    assert (row.state, row.reason) == ("refused", "5.1.1")
    assert row.reply == "550 5.1.1 <<address>>: no such mailbox"
    assert sum(relay.attempts.values()) == 1
    assert books(begin, issue).state == "finished"


def test_a_relay_that_is_away_is_told_of_once_however_many_connections_were_to_be(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 8)

    with a_free_port() as port, capture_logs() as told:
        send(issue, send_deps(begin, clock, f"smtp://127.0.0.1:{port}"))

    (line,) = [each for each in told if each["event"] == "relay.unreachable"]
    assert line["reason"] == "nothing listens at this address and port"
    assert books(begin, issue).attempts == 0


@pytest.mark.parametrize(
    ("mood", "state"),
    [
        (Mood.DROP, "deferred"),
        (Mood.CLOSING, "deferred"),
        (Mood.GARBAGE, "deferred"),
        (Mood.HANG, "deferred"),
        (Mood.HANG_DOT, "uncertain"),
        (Mood.DROP_AFTER_DOT, "uncertain"),
        (Mood.GARBAGE_DOT, "uncertain"),
    ],
)
def test_a_lost_connection_is_deferred_before_the_dot_and_uncertain_after_it(
    begin: Begin, clock: FakeClock, mood: Mood, state: str
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 6)
    timeouts = HASTY if mood in {Mood.HANG, Mood.HANG_DOT} else PATIENT

    with Relay(lambda recipient, _: mood if recipient.startswith("r2.") else Mood.ACCEPT) as relay:
        send(issue, send_deps(begin, clock, relay.url, timeouts=timeouts))

    found = states(begin, issue)
    assert found[2] == state
    assert found[:2] + found[3:] == ["accepted"] * 5
    assert books(begin, issue).balanced


def test_an_uncertain_mail_is_sent_once_more_with_the_same_bytes(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _recipient, _attempt: Mood.DROP_AFTER_DOT) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        first = books(begin, issue)
        clock.advance(hours=1)
        send(issue, deps)
        clock.advance(hours=1)
        send(issue, deps)

    assert (first.state, first.uncertain, first.pending) == ("sending", 1, 0)
    assert [kept.raw for kept in relay.accepted] == [relay.accepted[0].raw] * 2
    (row,) = rows(begin, issue)
    assert (row.state, row.attempts, row.ambiguous_attempts, row.next_at) == (
        "uncertain",
        2,
        2,
        None,
    )
    assert books(begin, issue).state == "finished"


def test_an_uncertain_mail_that_is_accepted_at_the_second_try_is_accepted(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _, attempt: Mood.HANG_DOT if attempt == 1 else Mood.ACCEPT) as relay:
        send(issue, send_deps(begin, clock, relay.url, timeouts=SHORT))
        clock.advance(hours=1)
        send(issue, send_deps(begin, clock, relay.url))

    assert states(begin, issue) == ["accepted"]
    assert len(relay.accepted) == 1


def test_an_uncertain_mail_is_left_alone_if_that_is_the_policy(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])

    with Relay(lambda _recipient, _attempt: Mood.DROP_AFTER_DOT) as relay:
        deps = send_deps(begin, clock, relay.url, when_uncertain=UncertainPolicy.LEAVE)
        send(issue, deps)
        clock.advance(hours=5)
        send(issue, deps)

    assert len(relay.accepted) == 1
    assert books(begin, issue).state == "finished"


def test_a_doubt_stays_when_the_second_try_is_put_off_until_it_is_too_late(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None], valid_for=timedelta(hours=1))

    with Relay(lambda _, n: Mood.DROP_AFTER_DOT if n == 1 else Mood.DEFER) as relay:
        deps = send_deps(begin, clock, relay.url)
        for _ in range(8):
            send(issue, deps)
            clock.advance(minutes=20)

    assert states(begin, issue) == ["uncertain"]
    assert books(begin, issue).state == "finished"


def test_who_left_was_suppressed_or_erased_before_their_turn_gets_nothing(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 4)
    left, bounced, erased, stays = issue.readers.values()
    leave(begin, issue, left)
    erase(begin, erased)
    with begin() as session:
        suppress(session, subscriber_id=bounced, reason="bounced", now=clock.now, keyring=keyring)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert [kept.recipient for kept in relay.accepted] == [list(issue.readers)[3]]
    assert [(row.subscriber_id, row.state, row.reason) for row in rows(begin, issue)] == [
        (left, "suppressed", "unsubscribed"),
        (bounced, "suppressed", "bounced"),
        (erased, "suppressed", "erased"),
        (stays, "accepted", None),
    ]
    assert books(begin, issue).balanced


def test_an_address_that_is_only_known_by_its_fingerprint_gets_nothing(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[None, None])
    address = next(iter(issue.readers))
    with begin() as session:
        suppress(
            session,
            subscriber_id=issue.readers[address],
            reason="complained",
            now=clock.now,
            keyring=keyring,
        )
        session.connection().exec_driver_sql("UPDATE suppression SET subscriber_id = NULL")

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert not relay.to(address)
    assert states(begin, issue) == ["suppressed", "accepted"]
    assert books(begin, issue).balanced


def test_a_reader_who_leaves_between_two_attempts_gets_nothing_more(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    (reader,) = issue.readers.values()

    with Relay(lambda _, attempt: Mood.DEFER if attempt == 1 else Mood.ACCEPT) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        leave(begin, issue, reader)
        clock.advance(minutes=2)
        send(issue, deps)

    assert not relay.accepted
    assert states(begin, issue) == ["suppressed"]


def test_a_reader_who_leaves_in_the_middle_of_a_slow_send_gets_nothing(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 12)
    last = list(issue.readers)[-1]
    seen: list[str | None] = []

    def when_kept(_kept: Kept) -> None:
        if not seen:
            seen.append(leave(begin, issue, issue.readers[last]))

    with Relay(lambda _recipient, _attempt: Mood.SLOW, on_kept=when_kept) as relay:
        send(issue, send_deps(begin, clock, relay.url, connections=1))

    assert seen == ["pending"]
    assert not relay.to(last)
    assert books(begin, issue).suppressed == 1


def test_late_news_expires(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, valid_for=timedelta(hours=6))

    with Relay() as relay:
        clock.advance(hours=6)
        send(issue, send_deps(begin, clock, relay.url))

    assert not relay.accepted
    assert states(begin, issue) == ["expired"] * 3
    assert books(begin, issue).state == "finished"


def test_a_relay_that_always_defers_ends_in_expiry(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None], valid_for=timedelta(hours=4))

    with Relay(lambda _recipient, _attempt: Mood.DEFER) as relay:
        deps = send_deps(begin, clock, relay.url)
        for _ in range(30):
            send(issue, deps)
            clock.advance(minutes=10)

    (row,) = rows(begin, issue)
    assert row.state == "expired"
    assert row.reply == "450 4.2.2 <<address>> is over quota, try later"
    assert 4 <= row.attempts <= 7
    assert books(begin, issue).state == "finished"


def test_a_relay_that_is_away_costs_nobody_an_attempt(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    with a_free_port() as nobody:
        send(issue, send_deps(begin, clock, f"smtp://127.0.0.1:{nobody}"))

    assert {row.attempts for row in rows(begin, issue)} == {0}
    assert books(begin, issue).pending == 3
    with begin() as session:
        assert due_work.due_editions(session, now=clock.now) == []
        assert due_work.due_editions(session, now=clock.advance(minutes=1)) == [issue.edition_id]
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    assert len(relay.accepted) == 3


def test_one_of_two_relays_being_away_leaves_the_work_to_the_other(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 10)

    with a_free_port() as nobody, Relay() as relay:
        send(issue, send_deps(begin, clock, f"smtp://127.0.0.1:{nobody}", relay.url))

    assert states(begin, issue) == ["accepted"] * 10


def test_two_senders_at_once_send_no_mail_twice(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 60)

    with Relay() as relay, ThreadPoolExecutor(2) as pool:
        deps = send_deps(begin, clock, relay.url)
        tallies = list(pool.map(lambda _: send(issue, deps), range(2)))

    assert sum(tally["accepted"] for tally in tallies) == 60
    assert sorted(kept.recipient for kept in relay.accepted) == sorted(issue.readers)


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 20)

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url, connections=2)
        send(issue, deps, stop=lambda: len(relay.accepted) >= 5)
        taken = len(relay.accepted)
        halfway = books(begin, issue)
        send(issue, deps)

    assert 5 <= taken < 20
    assert (halfway.accepted, halfway.leased, halfway.pending) == (taken, 0, 20 - taken)
    assert sorted(kept.recipient for kept in relay.accepted) == sorted(issue.readers)
    assert {row.attempts for row in rows(begin, issue)} == {1}


def test_a_process_that_ends_does_not_wait_for_a_silent_relay(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)
    moods = {"r0.": Mood.HANG, "r1.": Mood.HANG_DOT}

    with Relay(lambda recipient, _: moods.get(recipient[:3], Mood.ACCEPT)) as relay:
        deps = send_deps(
            begin, clock, relay.url, timeouts=SmtpTimeouts(), drain_for=timedelta(seconds=1)
        )
        # Both hang by then, one of them behind its dot; only the end of the third may be missing.
        send(issue, deps, stop=lambda: (relay.hanging, len(relay.accepted)) == (2, 1))

    assert states(begin, issue) == ["deferred", "uncertain", "accepted"]
    assert books(begin, issue).leased == 0


def test_a_process_that_ends_does_not_wait_for_a_greeting(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    visited = threading.Event()

    with socket.create_server(("127.0.0.1", 0)) as mute, ExitStack() as visitors:

        def admit() -> None:
            visitors.enter_context(mute.accept()[0])
            visited.set()

        admitting = threading.Thread(target=admit)
        admitting.start()
        url = f"smtp://127.0.0.1:{mute.getsockname()[1]}?starttls=never"
        deps = send_deps(
            begin, clock, url, connections=1, timeouts=SmtpTimeouts(), drain_for=timedelta(0)
        )
        send(issue, deps, stop=visited.is_set)
        admitting.join()

    assert books(begin, issue).pending == 3
    assert {row.attempts for row in rows(begin, issue)} == {0}


def test_a_pause_stops_the_send_and_a_resume_finishes_it(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 80)
    kept: list[Kept] = []

    def when_kept(mail: Kept) -> None:
        kept.append(mail)
        if len(kept) == 3:
            with begin() as session:
                control.pause(session, issue.edition_id, now=clock.now)

    with Relay(lambda _recipient, _attempt: Mood.SLOW, on_kept=when_kept) as relay:
        deps = send_deps(begin, clock, relay.url, connections=1)
        send(issue, deps)
        taken = len(relay.accepted)
        paused = books(begin, issue)
        with begin() as session:
            assert due_work.due_editions(session, now=clock.now) == []
            control.resume(session, issue.edition_id, now=clock.now)
        send(issue, deps)

    # At 25 mails a second: within two seconds.
    assert 3 <= taken < 55
    assert (paused.state, paused.leased, paused.pending) == ("sending", 0, 80 - taken)
    assert books(begin, issue).state == "finished"
    assert sorted(mail.recipient for mail in relay.accepted) == sorted(issue.readers)


def test_a_cancelled_edition_closes_its_books(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
        assert due_work.due_editions(session, now=clock.now) == [issue.edition_id]

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert not relay.accepted
    assert {(row.state, row.reason) for row in rows(begin, issue)} == {("expired", "cancelled")}
    assert books(begin, issue).balanced
    with begin() as session:
        assert due_work.due_editions(session, now=clock.now) == []


def test_time_is_up_and_the_rest_rings_again(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 30)
    with begin() as session:
        outbox.dequeue_due(session, now=clock.now)

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url, connections=1, run_for=timedelta(0))
        send(issue, deps)

    assert books(begin, issue).pending == 30
    clock.advance(seconds=2)
    with begin() as session:
        (bell,) = outbox.dequeue_due(session, now=clock.now)
    assert (bell.job, bell.args) == ("send_edition", {"edition_id": issue.edition_id})


def test_an_edition_nobody_chose_anything_of_finishes_with_nobody(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[0])

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    ledger = books(begin, issue)
    assert (ledger.state, ledger.candidates, ledger.balanced) == ("finished", 0, True)


def test_a_mail_that_is_larger_than_the_relay_takes_is_held_and_not_offered(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)

    with Relay(offers=("PIPELINING", "SIZE 9000")) as small:
        tally = send(issue, send_deps(begin, clock, small.url))

    assert [command for command in small.commands if command.startswith("MAIL")] == []
    with begin() as session:
        note = get_edition(session, issue.edition_id).note
        assert get_edition(session, issue.edition_id).paused_at is not None
        assert note is not None
        assert re.fullmatch(
            r"The relay 127\.0\.0\.1:\d+ takes messages of at most 9,000 bytes and this one has "
            r"[1-9]\d,\d{3}: ask for a higher limit or choose fewer articles\.",
            str(note),
        )
        control.resume(session, issue.edition_id, now=clock.now)
    assert tally["accepted"] == tally["refused"] == 0
    assert {row.attempts for row in rows(begin, issue)} == {0}

    with Relay(offers=("PIPELINING", "SIZE 0")) as large:
        send(issue, send_deps(begin, clock, large.url))

    assert books(begin, issue).accepted == 3


def test_a_mail_that_one_relay_finds_too_large_goes_to_another_one(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 30)

    with (
        Relay(offers=("PIPELINING", "SIZE 9000")) as small,
        Relay(offers=("PIPELINING", "SIZE 9001")) as little,
        Relay(messages_per_connection=3) as large,
    ):
        send(issue, send_deps(begin, clock, small.url, large.url, little.url))

    assert books(begin, issue).accepted == 30
    assert len({each.recipient for each in large.accepted}) == len(large.accepted) == 30
    for relay in (small, little):
        assert [command for command in relay.commands if command.startswith("MAIL")] == []


def test_only_when_no_relay_takes_its_size_a_mail_is_held_by_the_largest_limit(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, sender_address="matin@here.example")

    with (
        Relay(offers=("PIPELINING", "SIZE 9000")) as small,
        Relay(offers=("PIPELINING", "SIZE 9500")) as larger,
        Relay() as elsewhere,
    ):
        urls = (f"{small.url}&from=here.example", f"{larger.url}&from=here.example", elsewhere.url)
        send(issue, send_deps(begin, clock, *urls))

    with begin() as session:
        note = str(get_edition(session, issue.edition_id).note)
        assert get_edition(session, issue.edition_id).paused_at is not None
    assert "takes messages of at most 9,500 bytes" in note
    assert elsewhere.accepted == []
    assert books(begin, issue).pending == 3


def test_a_relay_that_takes_the_size_and_is_away_is_waited_for(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)

    with a_free_port() as nobody, Relay(offers=("PIPELINING", "SIZE 9000")) as small:
        away = f"smtp://127.0.0.1:{nobody}?starttls=never"
        send(issue, send_deps(begin, clock, small.url, away))

    with begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is None
    assert books(begin, issue).pending == 3
    assert {row.attempts for row in rows(begin, issue)} == {0}
    with Relay(offers=("PIPELINING", "SIZE 9000")) as small, Relay() as back:
        clock.advance(minutes=1)
        send(issue, send_deps(begin, clock, small.url, back.url))
    assert books(begin, issue).accepted == 3
