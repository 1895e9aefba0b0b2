import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.replies import classify
from service.replies.classification import Fault, SmtpStage

DATA = Path(__file__).parents[2] / "data" / "replies"
SHARED = Path(__file__).parents[4] / "shared" / "bounces" / "smtp_replies.json"
WHOSE_FAULT = Path(__file__).parents[4] / "shared" / "replies" / "whose_fault.json"
BEFORE_AND_AFTER_RCPT = sorted([stage for stage in SmtpStage if stage is not SmtpStage.RCPT])

HARD = (
    "550 5.1.1 User unknown",
    "550 No Such User Here",
    "550 5.1.1",
    "550 Mailbox not found",
    "550 Utilisateur inconnu",
    "550 5.1.2 Host unknown",
    "550 5.1.6 Recipient has moved",
    "550 OFR204_416",
    "550 5.4.1 Recipient address rejected: Access denied [x.outlook.com]",
    "No such domain",
)
OF_WEB_DE = """550-Requested action not taken: mailbox unavailable
550 invalid DNS MX or A/AAAA resource record"""
OF_US = (
    "sender", "MAIL FROM", "Return-Path", "HELO", "EHLO", "PTR", "SPF", "DKIM", "DMARC", "your IP",
    "client host", "reputation", "spam", "relaying", "smarthost", "Reply-To", "header", "policy",
    "Absender", "expéditeur", "remitente", "mittente", "отправитель", "daily limit", "link",
)  # fmt: skip


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
    assert classify.classify_refusal(reply).hard


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
    verdict = classify.classify_refusal(reply)

    assert (verdict.reason, verdict.hard) == (reason, False)


def test_a_policy_status_is_never_hard_whatever_the_words() -> None:
    verdict = classify.classify_refusal("550 5.7.1 User unknown")

    assert not verdict.hard
    assert verdict.fault is Fault.SENDER


def test_policy_counts_against_the_sender_and_a_full_mailbox_does_not() -> None:
    assert classify.classify_refusal("554 5.7.1 rejected by local policy").fault is Fault.SENDER
    assert classify.classify_refusal("552 5.2.2 Mailbox full").fault is Fault.READER


def test_only_a_temporary_refusal_is_tried_again() -> None:
    assert classify.classify_refusal("451 4.7.1 Greylisted").retry
    assert not classify.classify_refusal("550 5.1.1 User unknown").retry


def test_the_specific_status_in_the_words_beats_a_vague_one() -> None:
    verdict = classify.classify_refusal(
        "Unknown address error '5.2.2 Mailbox Full'", status="5.1.0"
    )

    assert verdict.status == "5.2.2"


@pytest.mark.parametrize("stage", [stage for stage in SmtpStage if stage is not SmtpStage.RCPT])
def test_only_an_answer_to_rcpt_can_tell_of_a_reader(stage: SmtpStage) -> None:
    verdict = classify.classify_refusal("550 5.1.1 User unknown", stage=stage)

    assert verdict.fault is not Fault.READER
    assert not verdict.hard


@given(st.text(max_size=500))
def test_any_text_gets_a_verdict(text: str) -> None:
    verdict = classify.classify_refusal(text)

    assert verdict.reason


def _examples(name: str) -> list[tuple[str, SmtpStage | None, str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(want, SmtpStage(step) if step else None, reply) for want, step, reply in cells]


def _agrees(want: str, reply: str, step: SmtpStage | None) -> bool:
    verdict = classify.classify_refusal(reply, stage=step)
    fault, _space, hardness = want.partition(" ")
    if want == "not hard":
        return not verdict.hard
    return verdict.fault in fault.split("|") and verdict.hard is (hardness == "hard")


@pytest.mark.parametrize(("name", "least"), [("seen.tsv", 0.99), ("held_out.tsv", 0.97)])
def test_whose_fault_a_reply_tells_of_is_found(name: str, least: float) -> None:
    examples = _examples(name)

    wrong = [each for each in examples if not _agrees(each[0], each[2], each[1])]
    wrongly_hard = [
        reply
        for want, step, reply in examples
        if want != "reader hard" and classify.classify_refusal(reply, stage=step).hard
    ]

    assert wrongly_hard == []
    assert 1 - len(wrong) / len(examples) >= least, wrong


@pytest.mark.parametrize(
    ("step", "reply", "fault", "reason"),
    [
        (SmtpStage.MAIL, "502 5.5.2 Error: command not recognized", "sender", "syntaxerror"),
        (SmtpStage.RCPT, "502 5.5.2 Error: command not recognized", "sender", "syntaxerror"),
        (SmtpStage.RCPT, "501 5.1.3 Bad recipient address syntax", "sender", "syntaxerror"),
        (SmtpStage.RCPT, "500 User unknown", "sender", "syntaxerror"),
        (SmtpStage.RCPT, OF_WEB_DE, "sender", "rejected"),
        (SmtpStage.RCPT, "550 5.4.5 Daily user sending limit exceeded", "sender", "accountquota"),
        (SmtpStage.MAIL, "452 4.5.3 Monthly quota of this account is used up", "sender",
         "accountquota"),
        (SmtpStage.DOT, "550 5.2.0 Mail rejected. OFR_506", "sender", "spamdetected"),
        (SmtpStage.RCPT, "550 relay not permitted", "relay", "norelaying"),
        (SmtpStage.DATA, "554 no valid recipients", "unknown", "undefined"),
        (SmtpStage.DOT, "451 4.3.0 queue file write error", "relay", "systemerror"),
        (SmtpStage.CONNECT, "421 4.4.2 Timeout", "relay", "expired"),
        (SmtpStage.RCPT, "550 5.1.1 mailbox full", "reader", "mailboxfull"),
        (SmtpStage.RCPT, "550 5.1.2 No route to host", "relay", "networkerror"),
        (None, "Hôte inconnu", "reader", "hostunknown"),
        (None, "Utilisateur inconnu", "reader", "userunknown"),
    ],
)  # fmt: skip
def test_the_faults_that_once_cost_readers(
    step: SmtpStage | None, reply: str, fault: str, reason: str
) -> None:
    verdict = classify.classify_refusal(reply, stage=step)

    assert (verdict.fault, verdict.reason) == (fault, reason)


def test_what_is_unknown_of_somebody_else_blames_no_reader() -> None:
    lines = (DATA / "not_of_a_reader.txt").read_text(encoding="utf-8").splitlines()
    replies = [line for line in lines if not line.startswith("#")]

    blamed = [
        reply
        for reply in replies
        for step in (None, SmtpStage.RCPT)
        if classify.classify_refusal(reply, stage=step).fault is Fault.READER
    ]

    assert len(replies) > 100
    assert blamed == []


@pytest.mark.parametrize("reply", HARD)
def test_these_are_hard_or_the_properties_below_say_nothing(reply: str) -> None:
    assert classify.classify_refusal(reply).hard


@given(reply=st.sampled_from(HARD), code=st.integers(400, 499))
def test_a_4xx_is_never_hard(reply: str, code: int) -> None:
    temporary = f"{code} {reply.removeprefix('550 ')}"

    assert not classify.classify_refusal(temporary).hard
    assert not classify.classify_refusal(reply, code=str(code)).hard


@given(reply=st.sampled_from(HARD), subject=st.integers(0, 7), detail=st.integers(0, 30))
def test_a_4xx_status_is_never_hard(reply: str, subject: int, detail: int) -> None:
    assert not classify.classify_refusal(reply, status=f"4.{subject}.{detail}").hard


@given(
    text=st.one_of(st.sampled_from(HARD), st.text(max_size=200)),
    step=st.sampled_from(BEFORE_AND_AFTER_RCPT),
)
def test_an_answer_to_anything_but_rcpt_never_touches_a_reader(text: str, step: SmtpStage) -> None:
    verdict = classify.classify_refusal(text, stage=step)

    assert verdict.fault is not Fault.READER
    assert not verdict.hard


@given(text=st.text(max_size=200), code=st.sampled_from(["500", "501", "502", "503", "504", "555"]))
def test_an_error_of_syntax_or_of_a_command_never_touches_a_reader(text: str, code: str) -> None:
    verdict = classify.classify_refusal(text, stage=SmtpStage.RCPT, code=code)

    assert verdict.fault is not Fault.READER


@given(
    reply=st.sampled_from(["550 does not exist", "550 User unknown", "550 No such mailbox",
                           "550 Address not found", "550 5.1.1 Unknown"]),
    word=st.sampled_from(OF_US),
    before=st.booleans(),
)  # fmt: skip
def test_a_word_about_us_takes_the_blame_from_the_reader(
    reply: str, word: str, *, before: bool
) -> None:
    code, _space, said = reply.partition(" ")
    text = f"{code} {word} {said}" if before else f"{code} {said} ({word})"

    verdict = classify.classify_refusal(text, stage=SmtpStage.RCPT)

    assert verdict.fault is not Fault.READER
    assert not verdict.hard


@given(text=st.text(max_size=300), status=st.integers(0, 20))
def test_a_policy_number_is_never_hard_unless_a_provider_says_so(text: str, status: int) -> None:
    assert not classify.classify_refusal(f"550 5.7.{status} {text}").hard


@given(st.text(max_size=300), st.sampled_from([None, *SmtpStage]))
def test_only_a_reader_is_ever_hard(text: str, step: SmtpStage | None) -> None:
    verdict = classify.classify_refusal(text, stage=step)

    assert not verdict.hard or verdict.fault is Fault.READER


@pytest.mark.timed
@pytest.mark.parametrize(
    "piece",
    ["a", "user ", "invalid ", "user invalid ", "a@", "a.", "no such x ", "mailbox x ", "550 ",
     "smtp error from remote mail server after rcpt to:<", "host a [", "in reply to ", "5.1.1 "],
)  # fmt: skip
def test_a_hostile_text_is_judged_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    # The rules are read with the first refusal, which is not what is measured here.
    classify.classify_refusal("550 no")
    started = time.process_time()

    classify.classify_refusal(text)

    assert time.process_time() - started < 0.5


@pytest.mark.skipif(not WHOSE_FAULT.exists(), reason="no replies are beside this checkout")
def test_replies_that_did_harm_are_nobodys_but_whose_they_are() -> None:
    examples = json.loads(WHOSE_FAULT.read_text())
    agreed = 0
    for each in examples:
        verdict = classify.classify_refusal(each["reply"])
        want = each["fault"].replace(",", "")
        assert not verdict.hard or want == "reader hard", each
        agreed += _agrees(want, each["reply"], None)

    assert agreed / len(examples) >= 0.99


@pytest.mark.skipif(not SHARED.exists(), reason="real SMTP replies are not beside this checkout")
def test_real_replies_are_judged_as_people_did() -> None:
    replies = [
        each
        for each in json.loads(SHARED.read_text())
        if each["hard_policy"] != "either" and each["kind"] == "failed"
    ]

    verdicts = [
        (each["hard_policy"], classify.classify_refusal(each["text"]).hard) for each in replies
    ]

    assert sum(want == got for want, got in verdicts) / len(verdicts) >= 0.97
    assert sum(got and not want for want, got in verdicts) / len(verdicts) < 0.005


@pytest.mark.parametrize(
    ("text", "stage", "fault"),
    [
        # No reader has been named yet: a refusal can only be about us, or is the relay's own.
        ("554 Nope", SmtpStage.CONNECT, Fault.SENDER),
        ("554 Nope", SmtpStage.MAIL, Fault.SENDER),
        ("454 Nope", SmtpStage.MAIL, Fault.UNKNOWN),
        ("552 5.3.1 Mail system full", SmtpStage.CONNECT, Fault.RELAY),
        # The reader was let in, and the whole message is refused.
        ("554 Nope", SmtpStage.DOT, Fault.SENDER),
        ("454 Nope", SmtpStage.DOT, Fault.UNKNOWN),
        ("554 Nope", SmtpStage.DATA, Fault.UNKNOWN),
        ("550 5.1.1", SmtpStage.DOT, Fault.UNKNOWN),
        ("552 5.3.1 Mail system full", SmtpStage.DOT, Fault.RELAY),
    ],
)
def test_the_stage_bounds_whose_fault_a_refusal_can_be(
    text: str, stage: SmtpStage, fault: Fault
) -> None:
    assert classify.classify_refusal(text, stage=stage).fault is fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Domain not found", Fault.READER),
        ("550 5.1.2 Domain not found", Fault.READER),
        ("550 Domain not found", Fault.UNKNOWN),
        ("550 5.5.2 Domain not found", Fault.SENDER),
    ],
)
def test_a_domain_that_is_not_found_is_the_recipients_only_where_that_is_certain(
    text: str, fault: Fault
) -> None:
    found = classify.classify_refusal(text)

    assert (found.reason, found.fault) == ("hostunknown", fault)


@pytest.mark.parametrize(
    ("text", "fault", "reason"),
    [
        ("550 5.7.1 Mailbox full", Fault.READER, "mailboxfull"),
        ("550 5.7.1 User unknown", Fault.SENDER, None),
        ("550 5.7.1 Connection timed out", Fault.SENDER, "expired"),
    ],
)
def test_a_policy_status_is_about_the_sender_unless_the_mailbox_is_full(
    text: str, fault: Fault, reason: str | None
) -> None:
    found = classify.classify_refusal(text)

    assert found.fault is fault
    assert reason in {None, found.reason}


def test_what_the_caller_knows_is_part_of_the_answer() -> None:
    known = classify.classify_refusal("", code="452", status="4.2.2")
    read = classify.classify_refusal("550 5.1.1 User unknown")
    by_status = classify.classify_refusal("Later", status="4.3.0")

    assert (known.code, known.status, known.retry) == ("452", "4.2.2", True)
    assert (read.code, read.status, read.retry) == ("550", "5.1.1", False)
    assert by_status.retry


@pytest.mark.parametrize(
    ("reason", "status", "ours"),
    [
        ("mailboxfull", "4.2.2", False),
        ("userunknown", "5.1.1", False),
        ("mailboxfull", "5.7.1", True),
        ("blocked", "", True),
        ("no such reason", "", True),
    ],
)
def test_only_a_reason_of_the_readers_mailbox_is_not_ours(
    reason: str, status: str, ours: bool
) -> None:
    assert classify.is_ours(reason, status) is ours


@pytest.mark.parametrize(
    ("text", "reason", "fault"),
    [
        ("452", "systemfull", Fault.RELAY),
        ("451 4.4.7 api tenant", "expired", Fault.UNKNOWN),
        ("450 4.3.2 api tenant", "onhold", Fault.UNKNOWN),
        ("550 4.2.1 your", "rejected", Fault.SENDER),
    ],
)
def test_numbers_decide_where_words_only_say_that_it_is_about_us(
    text: str, reason: str, fault: Fault
) -> None:
    found = classify.classify_refusal(text)

    assert (found.reason, found.fault) == (reason, fault)


def test_a_providers_words_about_a_reader_do_not_outweigh_words_about_us() -> None:
    gone = "550 5.1.1 The email account that you tried to reach does not exist."

    plain = classify.classify_refusal(f"{gone} gsmtp")
    with_ours = classify.classify_refusal(f"{gone} Your IP is on a blocklist. gsmtp")

    assert plain.fault is Fault.READER
    assert with_ours.fault is Fault.SENDER
