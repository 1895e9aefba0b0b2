"""Notifications of Amazon SES that come by e-mail."""

import json
from typing import Any

import pytest

from service.outcomes.parsing import mime
from service.outcomes.parsing.findings import RawFinding, ReportKind
from service.outcomes.parsing.sns import LIMIT_RECIPIENTS, parse_sns, sns_mail_from

READER = "awa@example.com"
BOUNCED = {
    "emailAddress": READER,
    "status": "5.1.1",
    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
}


def mail_of(message: dict[str, Any], *, wrapped: bool = False) -> mime.ParsedMessage:
    text = json.dumps({"Message": json.dumps(message)} if wrapped else message)
    return mime.parse_message(f"Content-Type: text/plain\n\nHello\n{text}\n--\nfoot".encode())


def bounce(subtype: str = "General", *, recipients: Any = None) -> dict[str, Any]:
    return {
        "notificationType": "Bounce",
        "mail": {"source": "b-token@bounces.crieur.test"},
        "bounce": {
            "bounceSubType": subtype,
            "bouncedRecipients": [BOUNCED] if recipients is None else recipients,
        },
    }


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "in an envelope"])
def test_a_bounce_names_the_reader_and_the_reply(wrapped: bool) -> None:
    mail = mail_of(bounce(), wrapped=wrapped)

    assert parse_sns(mail) == (
        RawFinding(
            address=READER, kind=ReportKind.FAILED, status="5.1.1", text="550 5.1.1 user unknown"
        ),
    )
    assert sns_mail_from(mail) == "b-token@bounces.crieur.test"


def test_an_address_on_the_accounts_own_list_is_said_to_be_there() -> None:
    (finding,) = parse_sns(mail_of(bounce("OnAccountSuppressionList")))

    assert finding.text.endswith("on the suppression list for your account")


def test_a_delay_a_complaint_and_a_delivery_are_told_apart() -> None:
    delay = {"eventType": "DeliveryDelay", "deliveryDelay": {"delayedRecipients": [BOUNCED]}}
    complaint = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": READER}]},
    }
    delivery = {"notificationType": "Delivery", "delivery": {"recipients": [READER]}}

    kinds = [parse_sns(mail_of(each))[0].kind for each in (delay, complaint, delivery)]

    assert kinds == [ReportKind.DELAYED, ReportKind.COMPLAINT, ReportKind.DELIVERED]
    assert parse_sns(mail_of(complaint))[0].text == "abuse"


def test_a_line_that_a_mail_server_broke_is_mended() -> None:
    text = json.dumps(bounce()).replace("user unknown", "user!\n  unknown")

    mail = mime.parse_message(f"Content-Type: text/plain\n\n{text}".encode())

    assert parse_sns(mail)[0].text == "550 5.1.1 user unknown"


@pytest.mark.parametrize("recipients", ["awa", {"emailAddress": READER}, [READER, None], []])
def test_recipients_of_another_form_give_nothing(recipients: object) -> None:
    assert parse_sns(mail_of(bounce(recipients=recipients))) == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"notificationType": "Bounce", "bounce"',
        '{"other": "notificationType"}',
        "notificationType",
    ],
)
def test_a_text_that_is_cut_off_or_something_else_is_no_notification(text: str) -> None:
    mail = mime.parse_message(f"Content-Type: text/plain\n\n{text}".encode())

    assert parse_sns(mail) == ()
    assert sns_mail_from(mail) == ""


def test_a_hostile_notification_has_a_bounded_number_of_findings() -> None:
    assert len(parse_sns(mail_of(bounce(recipients=[BOUNCED] * 150)))) == LIMIT_RECIPIENTS
