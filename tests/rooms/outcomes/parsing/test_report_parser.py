import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.outcomes.parsing import report_parser
from service.outcomes.parsing.findings import ReportKind
from service.replies.classification import Fault
from tests.rooms.outcomes import returned_messages

FIXTURES = Path(__file__).parents[3] / "data" / "bounces"
READER = "awa@example.com"
PATH = "b-token@bounces.crieur.test"


def test_a_delivery_report_names_the_reader_the_reason_and_the_returned_mail() -> None:
    report = report_parser.parse_report(returned_messages.dsn(to=PATH, address=READER))

    (finding,) = report.findings
    assert (report.kind, finding.kind) == (ReportKind.FAILED, ReportKind.FAILED)
    assert (finding.address, finding.reason, finding.hard) == (READER, "userunknown", True)
    assert finding.status == "5.1.1"
    assert report.message_id == "<1.2@crieur.test>"
    assert PATH in report.return_paths


def test_a_delay_is_no_failure_and_never_hard() -> None:
    raw = returned_messages.dsn(
        action="delayed", status="4.1.1", diagnostic="smtp; 450 4.1.1 User unknown"
    )

    report = report_parser.parse_report(raw)

    assert report.kind == ReportKind.DELAYED
    assert not report.findings[0].hard


def test_a_report_of_success_is_not_a_failure() -> None:
    report = report_parser.parse_report(
        returned_messages.dsn(action="delivered", status="2.0.0", diagnostic="smtp; 250 Ok")
    )

    assert report.kind == ReportKind.DELIVERED


@pytest.mark.parametrize("action", ["failed (final)", "FAILED", "failure", "", "nonsense"])
def test_remarks_and_gaps_in_the_action_do_not_hide_a_failure(action: str) -> None:
    report = report_parser.parse_report(returned_messages.dsn(action=action))

    assert report.kind == ReportKind.FAILED
    assert report.findings[0].hard


def test_qmails_words_are_understood() -> None:
    words = "Sorry, no mailbox here by that name. (#5.1.1)"

    report = report_parser.parse_report(
        returned_messages.qmail(to=PATH, address=READER, words=words)
    )

    assert [(f.address, f.reason, f.hard) for f in report.findings] == [
        (READER, "userunknown", True)
    ]
    assert report.message_id == "<1.2@crieur.test>"


def test_a_complaint_names_who_complained() -> None:
    report = report_parser.parse_report(returned_messages.complaint(to=PATH, address=READER))

    assert report.kind == ReportKind.COMPLAINT
    assert [finding.address for finding in report.findings] == [READER]
    assert not report.findings[0].hard


def test_a_report_that_mail_is_no_spam_is_no_complaint() -> None:
    report = report_parser.parse_report(
        returned_messages.complaint(to=PATH, address=READER, kind="not-spam")
    )

    assert report.kind != ReportKind.COMPLAINT


def test_an_absence_notice_is_an_automatic_answer_even_when_it_talks_of_delivery() -> None:
    report = report_parser.parse_report(returned_messages.vacation(to=PATH))

    assert report.kind == ReportKind.AUTOREPLY
    assert report.findings == ()


@pytest.mark.parametrize("disposition", ["displayed", "deleted", "processed/error", "dispatched"])
@pytest.mark.parametrize("type_", ["", "text/plain", "message/delivery-status"])
def test_a_receipt_is_no_failure_of_delivery(disposition: str, type_: str) -> None:
    report = report_parser.parse_report(
        returned_messages.receipt(to=PATH, disposition=disposition, type_=type_)
    )

    assert (report.kind, report.findings) == (ReportKind.AUTOREPLY, ())
    assert PATH in report.return_paths


def test_one_complaint_may_be_of_several_readers() -> None:
    raw = returned_messages.complaint(to=PATH, address=READER).replace(
        b"Original-Rcpt-To:", b"Original-Rcpt-To: moussa@example.net\nOriginal-Rcpt-To:"
    )

    report = report_parser.parse_report(raw)

    assert [(f.address, f.kind) for f in report.findings] == [
        ("moussa@example.net", ReportKind.COMPLAINT),
        (READER, ReportKind.COMPLAINT),
    ]


@pytest.mark.parametrize(
    ("diagnostic", "reason"),
    [
        ("smtp; 550 5.1.1 <awa@example.com> mailbox full", "mailboxfull"),
        ("smtp; 550 5.1.2 connect to mx.example.com: No route to host", "networkerror"),
        ("smtp; 550 5.1.1 conversation with mx.example.com timed out", "expired"),
    ],
)
def test_a_passing_fault_under_a_number_of_unknown_users_is_not_hard(
    diagnostic: str, reason: str
) -> None:
    (finding,) = report_parser.parse_report(
        returned_messages.dsn(status="5.1.1", diagnostic=diagnostic)
    ).findings

    assert (finding.reason, finding.hard) == (reason, False)


def test_a_finding_says_whose_fault_it_is() -> None:
    of_reader = report_parser.parse_report(returned_messages.dsn())
    of_sender = report_parser.parse_report(
        returned_messages.dsn(status="5.7.26", diagnostic="smtp; 550 5.7.26 DMARC")
    )
    of_nobody = report_parser.parse_report(returned_messages.complaint(to=PATH, address=READER))

    assert [report.findings[0].fault for report in (of_reader, of_sender, of_nobody)] == [
        Fault.READER,
        Fault.SENDER,
        None,
    ]


def test_what_the_mail_says_before_it_names_anybody_may_be_milder() -> None:
    raw = returned_messages.qmail(to=PATH, address=READER, words="550 user unknown").replace(
        b"This is a permanent error; I've given up.", b"The user's account is disabled."
    )

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.reason, finding.hard) == ("suspend", False)


def test_a_report_that_was_forwarded_as_a_quotation_is_read() -> None:
    quoted = b"".join(b"> " + line for line in returned_messages.dsn().splitlines(keepends=True))
    raw = b"From: awa@example.org\nTo: x@crieur.test\nSubject: Fwd: undelivered\n\n" + quoted

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.address, finding.hard) == (READER, True)


def test_a_bounce_that_a_mail_encloses_is_read() -> None:
    raw = (
        b"From: admin@crieur.test\nTo: b@crieur.test\nSubject: Fwd: what is this?\n"
        b'Content-Type: multipart/mixed; boundary="z"\n\n--z\n\nSee the attachment.\n'
        b"--z\nContent-Type: message/rfc822\n\n" + returned_messages.qmail(
            to=PATH, address=READER, words="Sorry, no mailbox here by that name. (#5.1.1)"
        ) + b"\n--z--\n"
    )  # fmt: skip

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.address, finding.hard) == (READER, True)
    assert PATH in report_parser.parse_report(raw).return_paths


def test_a_mail_that_encloses_a_persons_mail_is_no_bounce() -> None:
    raw = (
        b"From: admin@crieur.test\nSubject: Fwd: user unknown\n"
        b'Content-Type: multipart/mixed; boundary="z"\n\n--z\n\nSee the attachment.\n'
        b"--z\nContent-Type: message/rfc822\n\nFrom: awa@example.com\nSubject: user unknown\n\n"
        b"My mail was returned: user unknown <b@example.com>\n--z--\n"
    )

    assert report_parser.parse_report(raw).kind is ReportKind.NONE


def test_a_mailbox_that_rejects_in_the_form_of_a_receipt_is_a_bounce() -> None:
    raw = (
        b"Return-Path: <>\nFrom: Mail Delivery Subsystem <postmaster@mx.example.com>\n"
        b"Subject: Automatically rejected mail\nAuto-Submitted: auto-replied (rejected)\n"
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="z"\n\n'
        b"--z\n\nYour message to <awa@example.com> was automatically rejected:\nQuota exceeded\n"
        b"--z\nContent-Type: message/disposition-notification\n\n"
        b"Final-Recipient: rfc822; awa@example.com\n"
        b"Disposition: automatic-action/MDN-sent-automatically; deleted\n\n--z--\n"
    )

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.address, finding.reason, finding.hard) == (READER, "mailboxfull", False)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("From: <>", ReportKind.FAILED),
        ("From: Awa <awa@example.com>", ReportKind.NONE),
        ("From: Awa <awa@example.com>\nAuto-Submitted: auto-replied", ReportKind.AUTOREPLY),
    ],
)
def test_only_a_program_writes_without_a_sender(headers: str, kind: ReportKind) -> None:
    raw = f"Return-Path: <>\n{headers}\n\nYou wrote to {READER}. That is not a valid user here.\n"

    assert report_parser.parse_report(raw.encode()).kind is kind


def test_a_scanners_footer_is_no_ground() -> None:
    footer = "This email has been scanned for all viruses by Example Ltd."
    raw = returned_messages.dsn(diagnostic="").replace(
        b"host mx.example.com.", f"host.\n{footer}".encode()
    )

    (finding,) = report_parser.parse_report(raw).findings

    assert (finding.reason, finding.hard) == ("userunknown", True)


def test_a_charset_that_cannot_be_true_is_not_believed() -> None:
    raw = (
        b"Return-Path: <>\nSubject: failure notice\nContent-Type: text/plain; charset=utf-16\n\n"
        b"<awa@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    )

    (finding,) = report_parser.parse_report(raw).findings

    assert finding.hard


def test_a_bounce_that_was_mirrored_is_no_automatic_answer() -> None:
    raw = b"X-Autogenerated: Mirror\n" + returned_messages.qmail(
        to=PATH, address=READER, words="Sorry, no mailbox here by that name. (#5.1.1)"
    )

    assert report_parser.parse_report(raw).kind is ReportKind.FAILED


def test_a_daemons_mail_needs_no_words_and_no_address_that_are_known_here() -> None:
    raw = f"From: MAILER-DAEMON@mx.example\nTo: {PATH}\nSubject: Xyz\n\nAbc def ghi.\n".encode()

    report = report_parser.parse_report(raw)

    assert (report.kind, [finding.hard for finding in report.findings]) == (
        ReportKind.FAILED,
        [False],
    )
    assert PATH in report.return_paths


def test_parameters_on_a_line_of_their_own_belong_to_the_header_above() -> None:
    raw = returned_messages.dsn().replace(b"report-type=delivery-status; boundary", b"\nboundary")

    assert report_parser.parse_report(raw).findings[0].hard


def _of_ses(kind: str, **fields: object) -> bytes:
    message = {"notificationType": kind, "mail": {"source": PATH, "x": "y" * 2_000}, **fields}
    return returned_messages.notification(to="bounces@crieur.test", message=json.dumps(message))


def test_a_notification_of_amazon_ses_is_read_and_names_the_return_path() -> None:
    recipient = {"emailAddress": READER, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 no"}

    report = report_parser.parse_report(
        _of_ses("Bounce", bounce={"bouncedRecipients": [recipient]})
    )

    assert [(f.address, f.kind, f.hard) for f in report.findings] == [
        (READER, ReportKind.FAILED, True)
    ]
    assert PATH in report.return_paths


def test_what_amazon_ses_did_not_even_try_is_not_the_readers_fault() -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "OnAccountSuppressionList",
        "bouncedRecipients": [{"emailAddress": READER, "status": "5.1.1"}],
    }

    (finding,) = report_parser.parse_report(_of_ses("Bounce", bounce=bounce)).findings

    assert (finding.fault, finding.hard) == (Fault.SENDER, False)


def test_amazon_ses_tells_of_complaints_delays_and_deliveries_too() -> None:
    recipient = {"emailAddress": READER}
    complaint = _of_ses("Complaint", complaint={"complainedRecipients": [recipient] * 2})
    delay = _of_ses("DeliveryDelay", deliveryDelay={"delayedRecipients": [recipient]})
    delivery = _of_ses("Delivery", delivery={"recipients": [READER]})

    assert [report_parser.parse_report(raw).kind for raw in (complaint, delay, delivery)] == [
        ReportKind.COMPLAINT,
        ReportKind.DELAYED,
        ReportKind.DELIVERED,
    ]


@given(st.text(max_size=300))
def test_any_notification_gets_an_answer(message: str) -> None:
    text = f'{{"notificationType": "Bounce", "bounce": {message}'

    for said in (text, message, f"{text}}}"):
        assert report_parser.parse_report(
            returned_messages.notification(to=PATH, message=said)
        ).kind in set(ReportKind)


def test_a_letter_from_a_reader_is_nothing() -> None:
    raw = b"From: awa@example.com\nTo: x@crieur.test\nSubject: Merci\n\nUser unknown, c'est moi.\n"

    assert report_parser.parse_report(raw).kind == ReportKind.NONE


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.eml")), ids=lambda path: path.stem)
def test_each_kept_example_is_read_as_its_name_says(path: Path) -> None:
    """`{what it is}.{kind}.{reason}.{hard or soft}.eml`, about awa@example.com."""
    _what, kind, reason, hardness, *_ = path.name.split(".")

    report = report_parser.parse_report(path.read_bytes())

    assert report.kind == kind
    assert {(f.address, f.reason, f.hard) for f in report.findings} == {
        (READER, reason, hardness == "hard")
    }


@given(raw=st.binary(max_size=4_000))
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    assert report_parser.parse_report(raw).kind in set(ReportKind)


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_reports_get_an_answer(data: st.DataObject) -> None:
    raw = data.draw(
        st.sampled_from(
            [returned_messages.dsn(), returned_messages.complaint(to=PATH, address=READER)]
        )
    )
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    noise = data.draw(st.binary(max_size=40))

    report = report_parser.parse_report(raw[:start] + noise + raw[end:])

    assert report.kind in set(ReportKind)


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
    "a notification nested without end": b'Content-Type: text/plain\n\n{"notificationType": '
    + b"[" * 500_000,
    "a megabyte of recipients in words": b"Return-Path: <>\nSubject: failure notice\n\n"
    + b"<a@b.example>: mailbox unavailable user unknown\n" * 20_000,
    "a megabyte of one line": b"Return-Path: <>\nSubject: failure notice\n\n<a@b.example>:\n"
    + b"no such user mailbox " * 50_000,
    "announcements": b"Return-Path: <>\nSubject: failure notice\n\n"
    + b"the following recipients a@b.example\n" * 25_000,
    "dispositions": b"Return-Path: <>\nSubject: failure notice\n\n" + b"Disposition: a;b" * 60_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx",
}


def _many(diagnostic: str) -> bytes:
    """A report that names a hundred readers, each with words of its own, in fields and in prose."""
    said = "".join(f"<u{n}@example.com>:\n{('x y ' + str(n)) * 100}\n" for n in range(50))
    fields = "".join(
        f"Final-Recipient: rfc822; u{n}@example.com\nAction: failed\nStatus: 5.0.{n}\n"
        f"Diagnostic-Code: smtp; {diagnostic * (3_000 // len(diagnostic))}\n\n"
        for n in range(100)
    )
    return (
        'Return-Path: <>\nContent-Type: multipart/report; boundary="b"\n\n--b\n\n'
        f"The following addresses failed:\n{said}\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; x\n\n{fields}\n--b--\n"
    ).encode()


HOSTILE |= {
    "a hundred readers of whom nothing is known": _many("foo bar "),
    "a hundred readers in many languages": _many(
        "user boîte postfach adresse cuenta sende inconnu "
    ),
    "a megabyte in base64": b"Return-Path: <>\nSubject: failure notice\n"
    b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * 262_144,
}


@pytest.mark.timed
@pytest.mark.parametrize("raw", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_mail_is_answered_soon(raw: bytes) -> None:
    started = time.process_time()

    report = report_parser.parse_report(raw)

    assert report.kind in set(ReportKind)
    # Far above what they take (some tens of milliseconds), far below a quadratic reading.
    assert time.process_time() - started < 2
