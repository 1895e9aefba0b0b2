import pytest

from service.replies import parse_reply, stage
from service.replies.classification import SmtpStage

EXIM = "SMTP error from remote mail server after"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("550 5.1.1 User unknown", None),
        ("host mx.example[192.0.2.1] said: 550 no (in reply to RCPT TO command)", SmtpStage.RCPT),
        ("host mx.example[192.0.2.1] said: 550 no (in reply to end of DATA command)", "dot"),
        ("host mx.example[192.0.2.1] said: 550 no (in reply to DATA command)", SmtpStage.DATA),
        ("host mx.example[192.0.2.1] said: 550 no (in reply to MAIL FROM command)", "mail"),
        ("host mx.example[192.0.2.1] refused to talk to me: 554 no", SmtpStage.CONNECT),
        ("host mx.example[192.0.2.1] said: 504 no (in reply to EHLO command)", SmtpStage.CONNECT),
        (f"{EXIM} RCPT TO:<awa@example.com>: host mx.example [192.0.2.1]: 550 no", SmtpStage.RCPT),
        (f"host mx [192.0.2.1] {EXIM} MAIL FROM:<b@c> SIZE=1024: 550 no", SmtpStage.MAIL),
        ("SMTP error from remote mail server after end of data: host mx: 550 no", SmtpStage.DOT),
        ("192.0.2.1 does not like recipient. Remote host said: 550 no", SmtpStage.RCPT),
        ("192.0.2.1 failed after I sent the message. Remote host said: 550 no", SmtpStage.DOT),
        ("Connected to 192.0.2.1 but sender was rejected. Remote host said: 550", SmtpStage.MAIL),
    ],
)
def test_the_step_is_told_by_what_mail_systems_write(text: str, step: SmtpStage | None) -> None:
    read = parse_reply.parse_reply(text)

    assert read.stage == step
    assert "host" not in read.words


def test_the_caller_knows_the_step_better_than_the_text() -> None:
    text = "550 no (in reply to RCPT TO command)"

    assert parse_reply.parse_reply(text, stage=SmtpStage.MAIL).stage is SmtpStage.MAIL


def test_what_follows_from_a_refusal_is_not_one_of_its_own() -> None:
    read = parse_reply.parse_reply("550 5.1.1 User unknown 554 5.5.1 Error: no valid recipients")

    assert (read.code, read.words) == ("550", " user unknown ")


def test_of_a_whole_transcript_the_code_of_the_reports_class_counts() -> None:
    read = parse_reply.parse_reply(
        "450 busy 551 not our customer 503 need RCPT command", status="5.1.6"
    )

    assert read.code == "551"


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("connect", SmtpStage.CONNECT),
        ("EHLO", SmtpStage.CONNECT),
        ("MAIL FROM", SmtpStage.MAIL),
        ("Mail", SmtpStage.MAIL),
        ("RCPT TO:", SmtpStage.RCPT),
        ("data", SmtpStage.DATA),
        ("final dot", SmtpStage.DOT),
        ("Final-Dot", SmtpStage.DOT),
        ("end of DATA command", SmtpStage.DOT),
        ("", None),
        ("rset", None),
    ],
)
def test_a_step_has_the_names_that_logs_give_it(word: str, step: SmtpStage | None) -> None:
    assert stage.parse_stage(word) is step
