"""Pure: what a refusal means and whose fault it is.

What holds for every receiver comes first: only an answer to RCPT can tell of a reader, an error of
syntax or of a command tells of us, and a 4xx is never hard. Within these bounds the providers'
own codes (`providers/`) are asked, then the words (`patterns.toml`), and last the numbers,
because receivers put almost any number on a refusal: a full mailbox comes as 5.1.1, too fast a
sender as 5.2.1. Words count against a reader only where they speak of the reader. docs/refusals.md
tells it to operators.
"""

from dataclasses import dataclass

from service.replies import parse_reply as answers
from service.replies import providers
from service.replies.classification import Fault, RefusalClassification, SmtpStage
from service.replies.parse_reply import LIMIT_TEXT, ParsedReply
from service.replies.rules import RefusalRule, general_rules

__all__ = ["LIMIT_TEXT", "classify_refusal", "is_ours"]

_COMMAND_ERRORS = frozenset({"500", "501", "502", "503", "504", "530", "534", "535", "538", "555"})
"""The command was wrong (RFC 5321 section 4.2.2), or who gave it unknown (RFC 4954): both us."""

_OF_DOMAINS = frozenset({"hostunknown", "notaccept"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    reason: str
    fault: Fault
    hard: bool = False


def classify_refusal(
    text: str, *, stage: SmtpStage | None = None, code: str = "", status: str = ""
) -> RefusalClassification:
    """Return what a refusal means and whose fault it is.

    `text` is all lines of the reply, or what a bounce tells of it; `code` and `status` are what
    the caller knows beside it. Any text gets an answer.
    """
    answer = answers.parse_reply(text, stage=stage, code=code, status=status)
    judged = _within_the_stage(_judge(answer), answer)
    return RefusalClassification(
        fault=judged.fault,
        reason=judged.reason,
        hard=judged.hard and judged.fault is Fault.READER and not answer.is_temporary,
        retry=(answer.code or answer.status).startswith("4"),
        status=answer.status,
        code=answer.code,
    )


def is_ours(reason: str, status: str) -> bool:
    """Return whether a judged refusal is about anything but the reader's own mailbox."""
    return general_rules().faults.get(reason) is not Fault.READER or status[1:].startswith(".7.")


def _judge(answer: ParsedReply) -> _Judgement:
    """Judge by the provider's codes, the words, the numbers: the first that knows decides."""
    is_ours = answer.code in _COMMAND_ERRORS or general_rules().speaks_of_us(answer.words)
    meant = providers.find_provider_rule(answer)
    if meant is not None and not (
        meant.fault is Fault.READER and is_ours and not meant.is_unmistakable
    ):
        return _Judgement(reason=meant.reason, fault=meant.fault, hard=meant.hard)
    for rule in general_rules().rules:
        judged = _by_rule(rule, answer, is_ours=is_ours)
        if judged is not None:
            return judged
    return _by_numbers(answer, is_ours=is_ours)


def _by_rule(rule: RefusalRule, answer: ParsedReply, *, is_ours: bool) -> _Judgement | None:
    fault = general_rules().faults[rule.reason]
    if fault is Fault.READER and (is_ours or not _can_be_the_readers(rule.reason, answer)):
        return None
    if answer.is_policy and rule.reason in general_rules().vague:
        return None
    if not general_rules().fits(rule, answer):
        return None
    if rule.about_domain and not general_rules().is_about_the_recipients_domain(answer):
        # Whose domain? Receivers look up the DNS of the sender; in any other case it is unknown.
        of_us = general_rules().speaks_of_dns(answer) or answer.status[1:].startswith(".5.")
        return _Judgement(reason=rule.reason, fault=Fault.SENDER if of_us else Fault.UNKNOWN)
    return _Judgement(
        reason=rule.reason,
        fault=Fault.SENDER if answer.is_policy and fault is Fault.UNKNOWN else fault,
        hard=rule.reason in general_rules().hard,
    )


def _by_numbers(answer: ParsedReply, *, is_ours: bool) -> _Judgement:
    reason = general_rules().by_numbers(answer.code, answer.status)
    fault = general_rules().faults[reason]
    if answer.code in _COMMAND_ERRORS and fault is not Fault.SENDER:
        return _Judgement(reason="syntaxerror", fault=Fault.SENDER)
    is_ours = (is_ours or general_rules().speaks_of_dns(answer)) and bool(
        answer.code or answer.status
    )
    if is_ours and fault in {Fault.READER, Fault.UNKNOWN} and reason not in {"expired", "onhold"}:
        return _Judgement(reason="rejected", fault=Fault.SENDER)
    return _Judgement(reason=reason, fault=fault, hard=reason in general_rules().hard)


def _can_be_the_readers(reason: str, answer: ParsedReply) -> bool:
    """Return whether the numbers and the DNS leave it to a reader's reason.

    "5.7.1 User unknown" is what a filter says that does not like the sender, but a full mailbox is
    full whatever the number. "Mailbox unavailable: invalid DNS MX" is about no mailbox.
    """
    if answer.is_policy and reason != "mailboxfull":
        return False
    return reason in _OF_DOMAINS or not general_rules().speaks_of_dns(answer)


def _within_the_stage(judged: _Judgement, answer: ParsedReply) -> _Judgement:
    """Keep a verdict within what an answer to this command can tell."""
    if answer.stage in {None, SmtpStage.RCPT}:
        return judged
    if judged.reason == "expired":
        # A receiver that runs out of time before or after RCPT does not wait for a mailbox.
        return _Judgement(reason=judged.reason, fault=Fault.RELAY)
    if answer.stage in {SmtpStage.CONNECT, SmtpStage.MAIL}:
        return _Judgement(reason=judged.reason, fault=_before_rcpt(judged.fault, answer))
    return _Judgement(reason=judged.reason, fault=_after_rcpt(judged, answer))


def _before_rcpt(fault: Fault, answer: ParsedReply) -> Fault:
    """No reader has been named yet: what is not the relay's can only be about us."""
    if fault is Fault.READER or (fault is Fault.UNKNOWN and not answer.is_temporary):
        return Fault.SENDER
    return fault


def _after_rcpt(judged: _Judgement, answer: ParsedReply) -> Fault:
    """The reader was taken at RCPT.

    Some servers only look the mailbox up now, but one answer to a whole message is no ground to
    blame one reader.
    """
    if judged.fault is Fault.READER:
        return Fault.UNKNOWN
    refuses = answer.stage is SmtpStage.DOT and answer.code.startswith("5")
    return Fault.SENDER if refuses and judged.reason == "undefined" else judged.fault
