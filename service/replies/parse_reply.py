"""Pure: takes a refusal apart: its code, its enhanced status, its step, and the words.

The same answer comes bare from our own dialogue and, in a bounce, told by the mail server that
got it: Postfix writes `host mx said: … (in reply to RCPT TO command)`, Exim `SMTP error from
remote mail server after RCPT TO:<…>: …`. What the teller adds is no word of the refusal, but it
tells the step.
"""

import re
from dataclasses import dataclass

from service.replies import text_patterns
from service.replies.classification import SmtpStage

LIMIT_TEXT = 3_000

_CODE = re.compile(r"(?<![\d.\[-])([245]\d\d)(?=[\s\-:,#\])'\"]|$)")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d\.\d{1,3})(?![\d.])")
_POLICY = re.compile(r"(?<![\d.])[45]\.7\.\d")
_SPACE = re.compile(r"\s+")
_VAGUE = {"", "5.0.0", "4.0.0", "5.3.0", "5.1.0", "5.2.0", "5.5.0"}

# What follows from the refusal before it, and would be taken for one of its own.
_CONSEQUENCE = re.compile(
    r"55[04] (?:5\.0\.0 )?(?:<[^>]{1,200}>\.{3} )?service unavailable$"
    r"|554 5\.5\.1 (?:error: )?no valid recipients"
    r"|503 (?:\d\.\d\.\d )?(?:error: )?(?:need rcpt|rcpt first|valid rcpt)[^0-9|]{0,40}"
    r"|503 (?:\d\.\d\.\d )?bad sequence of commands"
)
# How Exim, Postfix, qmail, DragonFly's dma and GMX begin or end what they tell.
_EXIM = (
    r"(?:host \S{1,200} \[[^\]]{0,60}\] )?"
    r"smtp error from remote (?:mail server|mailer|server) (?:after|for) (?:pipelined )?"
)
_TO = (
    r"(?: from| to)?(?: command)?,?:? ?(?:<[^>\n]{0,200}>)?(?: size=\d{1,12})?:?"
    r"(?: ?host:? \S{1,200})?"
)
_HELLO = r"(?:initial|e?hlo|helo|lhlo|starttls|auth)\b[^):]{0,60}"
_DOT = r"(?:end of (?:the )?data|final dot|message content|text command)"
_TOLD = (
    (SmtpStage.CONNECT, r"(?:host \S{1,200} )?refused to talk to me:?"),
    (SmtpStage.CONNECT, rf"\(in reply to {_HELLO}\)?"),
    (SmtpStage.CONNECT, rf"{_EXIM}{_HELLO}:?"),
    (SmtpStage.CONNECT, r"(?:connected to \S{1,90} )?but (?:my name was rejected|greeting failed)"),
    (SmtpStage.MAIL, r"\(in reply to mail[^)]{0,40}\)?"),
    (SmtpStage.MAIL, rf"{_EXIM}mail\b{_TO}"),
    (SmtpStage.MAIL, r"(?:connected to \S{1,90} )?but sender was rejected"),
    (SmtpStage.MAIL, r"did not like our mail from:?"),
    (SmtpStage.RCPT, r"\(in reply to rcpt[^)]{0,40}\)?"),
    (SmtpStage.RCPT, rf"{_EXIM}rcpt\b{_TO}"),
    (SmtpStage.RCPT, r"does not like recipient"),
    (SmtpStage.RCPT, r"did not like our rcpt to:?"),
    (SmtpStage.RCPT, r"\(error following rcpt command\)"),
    (SmtpStage.DOT, rf"\(in reply to {_DOT}[^)]{{0,40}}\)?"),
    (SmtpStage.DOT, rf"{_EXIM}{_DOT}{_TO}"),
    (SmtpStage.DOT, r"failed after i sent the message"),
    (SmtpStage.DOT, r"did not like our final data:?"),
    (SmtpStage.DATA, r"\(in reply to data[^)]{0,40}\)?"),
    (SmtpStage.DATA, rf"{_EXIM}data\b:?"),
    (SmtpStage.DATA, r"did not like our data:?"),
    (SmtpStage.DATA, r"failed on data command"),
)
# Some give the answer in brackets and go on talking.
_BRACKETED = re.compile(r"(?:responded as follows|following error message):? ?\[([^\]]{3,1000})\]")
_STEPS = tuple((stage, re.compile(pattern)) for stage, pattern in _TOLD)
_TELLER = re.compile(
    r"host \S{1,200} ?(?:\[[^\]]{0,60}\])? ?(?:said:)"
    r"|\brelay=\S{1,200}|remote host said:|remote server returned|giving up on \S{1,80}"
    r"|host \S{1,200} \[[^\]]{0,60}\]:"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReply:
    """A refusal, taken apart.

    `said` is what was said in lower case and on one line, for codes and names that are known to
    the letter; `words` is the same folded (see `text_patterns.py`).
    """

    said: str
    words: str
    code: str
    status: str
    stage: SmtpStage | None
    is_temporary: bool
    is_policy: bool
    has_code: bool


def parse_reply(
    text: str, *, stage: SmtpStage | None = None, code: str = "", status: str = ""
) -> ParsedReply:
    """Take a refusal apart; what the caller knows goes before what the text tells."""
    flat = _SPACE.sub(" ", text[:LIMIT_TEXT]).strip().lower()
    told, said = _split_stage(flat)
    answered = _without_consequences(said)
    in_words = _status(answered)
    code = code or _code(answered, status)
    is_temporary = "4" in {code[:1], status[:1]}
    status = in_words if in_words and status in _VAGUE else status or in_words
    return ParsedReply(
        said=flat,
        words=text_patterns.fold_text(answered),
        code=code,
        status=status,
        stage=stage or told,
        is_temporary=is_temporary or status.startswith("4"),
        is_policy=status[1:].startswith(".7.") or bool(_POLICY.search(answered)),
        has_code=bool(_CODE.search(answered)),
    )


def _code(said: str, status: str) -> str:
    """Return the reply code; of a whole transcript the one of the class that the report states."""
    codes = [match.group(1) for match in _CODE.finditer(said)]
    same = [code for code in codes if status and code[0] == status[0]]
    return next(iter(same or codes), "")


def _status(said: str) -> str:
    """Return the first enhanced status that says anything: x.0.x only wraps another server's."""
    found = [match.group(1) for match in _STATUS.finditer(said)]
    return next((each for each in found if each[2] != "0"), next(iter(found), ""))


def _split_stage(text: str) -> tuple[SmtpStage | None, str]:
    """Return the step that a mail system names, and the reply without its words about that."""
    told: SmtpStage | None = None
    for stage, pattern in _STEPS:
        text, count = pattern.subn(" ", text)
        told = told or (stage if count else None)
    quoted = _BRACKETED.search(text)
    return told, _TELLER.sub(" ", quoted.group(1) if quoted else text)


def _without_consequences(text: str) -> str:
    left = _CONSEQUENCE.sub(" ", text)
    return left if left.strip() else text
