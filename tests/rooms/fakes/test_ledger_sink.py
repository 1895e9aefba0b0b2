"""The relay that judges us is judged first: its ledger says what it took, and its moods hold."""

import smtplib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest

from tests.fakes.ledger import LedgerSink
from tests.fakes.ledger_sink import BRAKED
from tests.fakes.moods import Moment, mixed

PATIENCE = 30
LETTER = b"From: a@example.org\r\nMessage-ID: <1@example.org>\r\n\r\n.. dots\r\n.\x20one\r\n"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[LedgerSink]:
    with LedgerSink(tmp_path / "ledger") as running:
        yield running


def test_a_mail_is_in_the_ledger_when_its_answer_comes(sink: LedgerSink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
        client.sendmail("a@example.org", ["b@example.org"], LETTER)
        entries = sink.entries()

    assert [(each.recipient, each.message_id) for each in entries] == [
        ("b@example.org", "<1@example.org>")
    ]
    assert entries[0].digest == blake2b(LETTER, digest_size=16).hexdigest()
    assert entries[0].answered
    assert entries[0].sender == "a@example.org"


def test_pipelined_mails_are_taken_one_by_one(sink: LedgerSink) -> None:
    mail = b"MAIL FROM:<>\r\nRCPT TO:<r%d@example.org>\r\nDATA\r\nX: y\r\n\r\nz\r\n.\r\n"
    with socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE) as client:
        client.sendall(b"EHLO here\r\n" + b"".join(mail % number for number in range(50)))
        client.sendall(b"QUIT\r\n")
        while client.recv(65_536):
            pass

    assert [entry.recipient for entry in sink.entries()] == [
        f"r{number}@example.org" for number in range(50)
    ]


def test_a_body_that_comes_in_pieces_is_one_mail(sink: LedgerSink) -> None:
    stream = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.org>\r\nDATA\r\nX: y\r\n\r\n..z\r\n.\r\n"
    with socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(stream)):
            client.sendall(stream[number : number + 1])
        sink.wait(lambda running: running.kept == 1)

    assert [entry.digest for entry in sink.entries()] == [
        blake2b(b"X: y\r\n\r\n.z\r\n", digest_size=16).hexdigest()
    ]


def test_a_held_mail_is_written_down_and_answered_when_it_is_let_go(sink: LedgerSink) -> None:
    sink.hold(1)
    with socket.create_connection(("127.0.0.1", sink.port), timeout=PATIENCE) as client:
        client.sendall(b"MAIL FROM:<>\r\nRCPT TO:<b@c.org>\r\nDATA\r\nx\r\n.\r\n")
        sink.wait(lambda running: running.held == 1)
        written = [entry.recipient for entry in sink.entries()]
        before = b""
        while not before.endswith(b"354 go ahead\r\n"):
            before += client.recv(1000)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1000)
        client.settimeout(PATIENCE)
        sink.let_go()
        after = client.recv(1000)

    assert written == ["b@c.org"]
    assert after == b"250 2.0.0 kept\r\n"


def test_a_closed_relay_takes_nobody_and_opens_on_the_same_port(sink: LedgerSink) -> None:
    port = sink.port
    sink.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sink.open()

    assert sink.port == port
    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()


def test_the_pace_that_was_ordered_is_kept(sink: LedgerSink) -> None:
    sink.rate(50)
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
        for number in range(11):
            client.sendmail("a@example.org", [f"r{number}@example.org"], LETTER)

    first, *_, last = sink.entries()
    assert last.at - first.at > 9 / 50


def test_every_mood_does_to_a_reader_what_it_says(sink: LedgerSink) -> None:
    sink.moods("mixed")
    readers = [f"r{number}@example.org" for number in range(400)]

    first = {reader: _try(sink, reader) for reader in readers}

    wrong = {
        reader: (mixed(reader), answer)
        for reader, answer in first.items()
        if not _fits(reader, answer)
    }
    assert wrong == {}
    silent = {entry.recipient for entry in sink.entries() if not entry.answered}
    assert silent == {each for each in readers if mixed(each).moment is Moment.KEPT}
    assert {entry.recipient for entry in sink.entries()} - silent == {
        each for each in readers if mixed(each).kind == "accept"
    }


def test_the_shares_of_the_moods_are_those_of_a_very_bad_day() -> None:
    kinds = Counter(mixed(f"r{number}@example.org").kind for number in range(50_000))

    shares = {kind: round(count / 500) for kind, count in kinds.items()}
    assert shares == {
        "accept": 63,
        "defer": 25,
        "unknown": 5,
        "policy": 2,
        "reset": 3,
        "hang": 1,
        "garbage": 1,
    }


def test_a_relay_that_brakes_answers_one_mail_after_the_other(sink: LedgerSink) -> None:
    sink.brake(1)
    began = time.monotonic()

    with smtplib.SMTP("127.0.0.1", sink.port, timeout=30) as client:
        for number in range(6):
            client.sendmail("a@example.org", [f"r{number}@example.org"], LETTER)

    assert time.monotonic() - began > 4 * BRAKED
    assert sink.kept == 6


def _try(sink: LedgerSink, recipient: str) -> str:
    # Little patience only with those that are to hang: a busy machine may be late with others.
    patience = 0.3 if mixed(recipient).kind == "hang" else PATIENCE
    try:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=patience) as client:
            client.ehlo()
            client.mail("a@example.org")
            code, text = client.rcpt(recipient)
            if code == 250:
                code, text = client.data(LETTER)
            return f"{code} {text.decode()}"
    except TimeoutError:
        return "hang"
    except smtplib.SMTPServerDisconnected as error:
        return "hang" if "timed out" in str(error) else "reset"
    except (ConnectionError, BrokenPipeError):
        return "reset"


def _fits(recipient: str, answer: str) -> bool:
    mood = mixed(recipient)
    match mood.kind:
        case "accept":
            return answer.startswith("250 ")
        case "reset" | "hang":
            return answer == mood.kind
        case "garbage":
            return answer.startswith("-1 ")
        case _:
            # After a 421 the line is closed, and smtplib may say that instead of the answer.
            return answer == mood.reply or (mood.reply.startswith("421") and answer == "reset")
