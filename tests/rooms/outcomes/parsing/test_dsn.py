"""Delivery reports, well-formed and otherwise."""

import pytest

from service.outcomes.parsing import mime
from service.outcomes.parsing.dsn import LIMIT_RECIPIENTS, parse_dsn
from service.outcomes.parsing.findings import RawFinding, ReportKind


def findings(fields: str, *, type_: str = "message/delivery-status") -> tuple[RawFinding, ...]:
    raw = (
        "Content-Type: multipart/report; boundary=x\n\n"
        f"--x\nContent-Type: {type_}\n\n"
        f"Reporting-MTA: dns; mx.example.com\n\n{fields}\n\n--x--\n"
    )
    return parse_dsn(mime.parse_message(raw.encode()))


FAILED = (
    "Final-Recipient: rfc822; awa@example.com\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown"
)
MOUSSA = FAILED.replace("awa", "moussa").replace("failed", "delayed")


def test_a_recipients_fields_are_one_finding() -> None:
    assert findings(FAILED) == (
        RawFinding(
            address="awa@example.com",
            kind=ReportKind.FAILED,
            status="5.1.1",
            code="550",
            text="550 5.1.1 User unknown",
        ),
    )


@pytest.mark.parametrize("between", ["\n\n", "\n"], ids=["blank line", "no blank line"])
def test_several_recipients_are_several_findings(between: str) -> None:
    found = findings(f"{FAILED}{between}{MOUSSA}")

    assert [(each.address, each.kind) for each in found] == [
        ("awa@example.com", ReportKind.FAILED),
        ("moussa@example.com", ReportKind.DELAYED),
    ]


def test_fields_that_blank_lines_part_belong_to_the_recipient_above() -> None:
    (finding,) = findings(FAILED.replace("\nStatus", "\n\nStatus"))

    assert (finding.status, finding.code) == ("5.1.1", "550")


def test_the_address_that_we_wrote_to_comes_before_the_one_it_was_rewritten_to() -> None:
    (finding,) = findings(f"{FAILED}\nOriginal-Recipient: rfc822;fatou@example.org")

    assert finding.address == "fatou@example.org"


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "4.2.2", ReportKind.FAILED),
        ("Delayed (will retry)", "5.0.0", ReportKind.DELAYED),
        ("relayed", "2.0.0", ReportKind.DELIVERED),
        ("", "4.4.7", ReportKind.DELAYED),
        ("nonsense", "2.1.5", ReportKind.DELIVERED),
        ("", "", ReportKind.FAILED),
    ],
)
def test_the_action_decides_and_the_status_where_it_says_nothing(
    action: str, status: str, kind: ReportKind
) -> None:
    (finding,) = findings(
        f"Final-Recipient: rfc822; awa@example.com\nAction: {action}\nStatus: {status}"
    )

    assert finding.kind is kind


def test_a_report_under_a_wrong_type_and_one_that_was_quoted_are_read() -> None:
    quoted = "\n".join(f"> {line}" for line in FAILED.splitlines())

    assert findings(FAILED, type_="text/plain") == findings(FAILED)
    assert findings(quoted, type_="text/plain") == findings(FAILED)


def test_a_hostile_report_has_a_bounded_number_of_findings() -> None:
    many = "\n\n".join(FAILED.replace("awa", f"r{number}") for number in range(150))

    assert len(findings(many)) == LIMIT_RECIPIENTS


def test_a_message_without_recipients_is_no_delivery_report() -> None:
    assert findings("Action: failed") == ()
    assert parse_dsn(mime.parse_message(b"Subject: Bonjour\n\nUn mot")) == ()
