import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.outcomes import inbox
from service.outcomes.report import Kind
from tests.rooms.outcomes import mails

FIXTURES = Path(__file__).parents[2] / "data" / "bounces"
READER = "awa@example.com"
PATH = "b-token@bounces.crieur.test"


def test_a_delivery_report_names_the_reader_the_reason_and_the_returned_mail() -> None:
    report = inbox.read(mails.dsn(to=PATH, address=READER))

    (finding,) = report.findings
    assert (report.kind, finding.kind) == (Kind.FAILED, Kind.FAILED)
    assert (finding.address, finding.reason, finding.hard) == (READER, "userunknown", True)
    assert finding.status == "5.1.1"
    assert report.message_id == "<1.2@crieur.test>"
    assert PATH in report.return_paths


def test_a_delay_is_no_failure_and_never_hard() -> None:
    raw = mails.dsn(action="delayed", status="4.1.1", diagnostic="smtp; 450 4.1.1 User unknown")

    report = inbox.read(raw)

    assert report.kind == Kind.DELAYED
    assert not report.findings[0].hard


def test_a_report_of_success_is_not_a_failure() -> None:
    report = inbox.read(mails.dsn(action="delivered", status="2.0.0", diagnostic="smtp; 250 Ok"))

    assert report.kind == Kind.DELIVERED


@pytest.mark.parametrize("action", ["failed (final)", "FAILED", "failure", "", "nonsense"])
def test_remarks_and_gaps_in_the_action_do_not_hide_a_failure(action: str) -> None:
    report = inbox.read(mails.dsn(action=action))

    assert report.kind == Kind.FAILED
    assert report.findings[0].hard


def test_qmails_words_are_understood() -> None:
    words = "Sorry, no mailbox here by that name. (#5.1.1)"

    report = inbox.read(mails.qmail(to=PATH, address=READER, words=words))

    assert [(f.address, f.reason, f.hard) for f in report.findings] == [
        (READER, "userunknown", True)
    ]
    assert report.message_id == "<1.2@crieur.test>"


def test_a_complaint_names_who_complained() -> None:
    report = inbox.read(mails.complaint(to=PATH, address=READER))

    assert report.kind == Kind.COMPLAINT
    assert [finding.address for finding in report.findings] == [READER]
    assert not report.findings[0].hard


def test_a_report_that_mail_is_no_spam_is_no_complaint() -> None:
    report = inbox.read(mails.complaint(to=PATH, address=READER, kind="not-spam"))

    assert report.kind != Kind.COMPLAINT


def test_an_absence_notice_is_an_automatic_answer_even_when_it_talks_of_delivery() -> None:
    report = inbox.read(mails.vacation(to=PATH))

    assert report.kind == Kind.AUTOREPLY
    assert report.findings == ()


def test_a_letter_from_a_reader_is_nothing() -> None:
    raw = b"From: awa@example.com\nTo: x@crieur.test\nSubject: Merci\n\nUser unknown, c'est moi.\n"

    assert inbox.read(raw).kind == Kind.NONE


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.eml")), ids=lambda path: path.stem)
def test_each_kept_example_is_read_as_its_name_says(path: Path) -> None:
    """`{what it is}.{kind}.{reason}.{hard or soft}.eml`, about awa@example.com."""
    _what, kind, reason, hardness, *_ = path.name.split(".")

    report = inbox.read(path.read_bytes())

    assert report.kind == kind
    assert {(f.address, f.reason, f.hard) for f in report.findings} == {
        (READER, reason, hardness == "hard")
    }


@given(raw=st.binary(max_size=4_000))
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    assert inbox.read(raw).kind in set(Kind)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_reports_get_an_answer(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([mails.dsn(), mails.complaint(to=PATH, address=READER)]))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    noise = data.draw(st.binary(max_size=40))

    report = inbox.read(raw[:start] + noise + raw[end:])

    assert report.kind in set(Kind)


def _nested(depth: int) -> bytes:
    opening = "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(depth)
    )
    return (opening + "Content-Type: text/plain\n\nUser unknown\n").encode()


HOSTILE = {
    "empty": b"",
    "no line end": b"x" * 3_000_000,
    "nested 3000 deep": _nested(3_000),
    "a hundred thousand headers": b"X-A: b\n" * 100_000,
    "one endless folded header": b"Subject: a\n" + b" " + b"b" * 50 + b"\n " * 200_000,
    "a hundred thousand parts": b'Content-Type: multipart/report; boundary="a"\n\n'
    + b"--a\n\nx\n" * 100_000,
    "a charset that is a decompressor": b"Content-Type: text/plain; charset=zlib_codec\n\nabc",
    "a quadratic charset": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 200_000,
    "broken base64": b"From: postmaster@x.example\nContent-Transfer-Encoding: base64\n\n"
    + b"A" * 9,
    "an address without end": b"From: <>\nReturn-Path: <>\nSubject: failure notice\n\n"
    + b"a" * 500_000
    + b"@" * 1_000,
    "dots for an address": b"Return-Path: <>\nSubject: failure notice\n\n<"
    + b"a.a-" * 250_000
    + b">",
    "open tags": b"Return-Path: <>\nSubject: failure notice\nContent-Type: text/html\n\n"
    + b"<style" * 100_000,
    "many recipients": b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" * 20_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx",
}


@pytest.mark.parametrize("raw", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_mail_is_answered_soon(raw: bytes) -> None:
    started = time.process_time()

    report = inbox.read(raw)

    assert report.kind in set(Kind)
    # Far above what they take (some tens of milliseconds), far below a quadratic reading.
    assert time.process_time() - started < 3
