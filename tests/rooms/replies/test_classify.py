import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.replies import classify
from service.replies.classification import Fault, SmtpStage

SHARED = Path(__file__).parents[4] / "shared" / "bounces" / "smtp_replies.json"


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 <awa@example.com>: Recipient address rejected: User unknown",
        "550 No such user here",
        "550 5.1.1",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
        "550 5.1.2 Bad destination system address",
        "551 5.1.6 Recipient has moved",
        "550 5.4.4 Invalid domain",
        "550 5.1.0 Adresse d au moins un destinataire invalide. Invalid recipient.",
        "554 5.4.1 Domain does not accept mail (nullMX)",
    ],
)
def test_a_bad_address_is_hard(reply: str) -> None:
    assert classify.classify(reply).hard


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("552 5.2.2 Mailbox full", "mailboxfull"),
        ("550 5.1.1 sorry, mailbox awa@example.com is over quota", "mailboxfull"),
        ("550 5.2.1 The user you are trying to contact is receiving mail at a rate", "speeding"),
        ("550 5.1.1 203.0.113.5 has sent to too many recipients this hour", "speeding"),
        ("554 5.7.1 Service unavailable; client [203.0.113.5] blocked using zen", "blocked"),
        ("550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", "authfailure"),
        ("550 5.1.8 Sender address rejected: Domain not found", "rejected"),
        ("554 5.6.0 This message has been scored as spam", "spamdetected"),
        ("550 5.7.1 Message rejected", "policyviolation"),
        ("421 4.7.0 Try again later", "onhold"),
        ("552 5.3.4 Message too large", "mesgtoobig"),
        ("550 5.2.1 The email account that you tried to reach is disabled", "suspend"),
        ("550 Something that nobody has ever written", "undefined"),
    ],
)
def test_what_may_recover_or_is_our_own_fault_is_never_hard(reply: str, reason: str) -> None:
    verdict = classify.classify(reply)

    assert (verdict.reason, verdict.hard) == (reason, False)


def test_a_policy_status_is_never_hard_whatever_the_words() -> None:
    verdict = classify.classify("550 5.7.1 User unknown")

    assert not verdict.hard
    assert verdict.fault is Fault.SENDER


def test_policy_counts_against_the_sender_and_a_full_mailbox_does_not() -> None:
    assert classify.classify("554 5.7.1 rejected by local policy").fault is Fault.SENDER
    assert classify.classify("552 5.2.2 Mailbox full").fault is Fault.READER


def test_only_a_temporary_refusal_is_tried_again() -> None:
    assert classify.classify("451 4.7.1 Greylisted").retry
    assert not classify.classify("550 5.1.1 User unknown").retry


def test_the_specific_status_in_the_words_beats_a_vague_one() -> None:
    verdict = classify.classify("Unknown address error '5.2.2 Mailbox Full'", status="5.1.0")

    assert verdict.status == "5.2.2"


@pytest.mark.parametrize("stage", set(SmtpStage) - {SmtpStage.RCPT})
def test_only_an_answer_to_rcpt_can_tell_of_a_reader(stage: SmtpStage) -> None:
    verdict = classify.classify("550 5.1.1 User unknown", stage=stage)

    assert verdict.fault is not Fault.READER
    assert not verdict.hard


@given(st.text(max_size=500))
def test_any_text_gets_a_verdict(text: str) -> None:
    verdict = classify.classify(text)

    assert verdict.reason


@pytest.mark.skipif(not SHARED.exists(), reason="real SMTP replies are not beside this checkout")
def test_real_replies_are_judged_as_people_did() -> None:
    replies = [
        each
        for each in json.loads(SHARED.read_text())
        if each["hard_policy"] != "either" and each["kind"] == "failed"
    ]

    verdicts = [(each["hard_policy"], classify.classify(each["text"]).hard) for each in replies]

    assert sum(want == got for want, got in verdicts) / len(verdicts) >= 0.97
    assert sum(got and not want for want, got in verdicts) / len(verdicts) < 0.005
