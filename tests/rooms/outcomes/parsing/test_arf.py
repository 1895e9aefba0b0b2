"""Complaints of feedback loops, and what other programs send instead of them."""

import pytest

from service.outcomes.parsing import mime
from service.outcomes.parsing.arf import LIMIT_RECIPIENTS, original_mail_from, parse_arf
from service.outcomes.parsing.findings import RawFinding, ReportKind
from tests.rooms.outcomes import returned_messages

READER = "awa@example.com"
PATH = "b-token@bounces.crieur.test"


def test_a_feedback_report_names_the_reader_and_its_type() -> None:
    mail = mime.parse_message(returned_messages.complaint(to=PATH, address=READER, kind="Fraud"))

    assert parse_arf(mail) == (RawFinding(address=READER, kind=ReportKind.COMPLAINT, text="fraud"),)


def test_a_report_that_hides_the_reader_still_names_our_envelope_sender() -> None:
    raw = returned_messages.redacted_complaint(mail_from=PATH)

    mail = mime.parse_message(raw)

    assert [each.address for each in parse_arf(mail)] == ["hashed@example.com"]
    assert original_mail_from(mail).strip("<>") == PATH


def test_a_report_that_a_message_is_no_spam_names_no_reader() -> None:
    raw = returned_messages.complaint(to=PATH, address=READER, kind="not-spam")

    assert parse_arf(mime.parse_message(raw)) == (
        RawFinding(address="", kind=ReportKind.DELIVERED),
    )


def test_the_recipient_of_the_returned_message_stands_in_for_a_missing_field() -> None:
    raw = returned_messages.complaint(to=PATH, address=READER)
    without = raw.replace(f"Original-Rcpt-To: <{READER}>".encode(), b"Version: 1")

    (finding,) = parse_arf(mime.parse_message(without))

    assert (finding.address, finding.kind) == (READER, ReportKind.COMPLAINT)


def test_a_hostile_report_names_a_bounded_number_of_readers() -> None:
    named = b"".join(
        f"Original-Rcpt-To: <r{number}@example.com>\n".encode() for number in range(150)
    )
    raw = returned_messages.complaint(to=PATH, address=READER).replace(
        b"Original-Rcpt-To", named + b"Original-Rcpt-To"
    )

    assert len(parse_arf(mime.parse_message(raw))) == LIMIT_RECIPIENTS


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"Subject: complaint about message from 192.0.2.1\n\nHello", "abuse"),
        (b"From: awa@example.com\nSubject: Unsubscribe\n\n", "opt-out"),
    ],
    ids=["Outlook.com", "Apple Mail"],
)
def test_programs_without_a_report_part_are_recognised_by_their_subject(
    raw: bytes, said: str
) -> None:
    assert [each.text for each in parse_arf(mime.parse_message(raw))] == [said]


def test_an_ordinary_message_is_no_complaint() -> None:
    mail = mime.parse_message(b"Subject: Bonjour\n\nUn abonnement, svp")

    assert parse_arf(mail) == ()
    assert original_mail_from(mail) == ""
