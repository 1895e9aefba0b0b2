"""Pure: what a relay's answer means for one delivery.

Whatever a server writes becomes a value here: nothing it says can raise, be stored unbounded, or
carry a reader's address into our tables (RFC 5321 section 4.2, RFC 3463).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from service.delivery.reasons import DeliveryReason
from service.kit.translatable import TranslatableMessage
from service.replies.classification import Fault, RefusalClassification, SmtpStage

MAX_STORED = 300
MAX_CLASSIFIED = 1200
"""Characters of an answer that are classified: long ones say in their last lines whose fault it
is, and only their beginning is stored."""
_LINE = re.compile(r"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")
_ADDRESS = re.compile(r"""(?:"[^"]*"|[^\s<>",;:()\[\]]+)(?:@|%40)[^\s<>"'(),;=]+""")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class ReplyKind(IntEnum):
    """The first digit of a reply, as RFC 5321 section 4.2.1 names them."""

    COMPLETION = 2
    INTERMEDIATE = 3
    TRANSIENT_FAILURE = 4
    PERMANENT_FAILURE = 5


class ExpectedReply(IntEnum):
    """The first digit of the answer that lets a transaction go on."""

    DONE = ReplyKind.COMPLETION
    GO_AHEAD = ReplyKind.INTERMEDIATE


class ReplyCode(IntEnum):
    """Reply codes about the connection or our settings, not about the message (RFC 5321, 4954)."""

    SERVICE_NOT_AVAILABLE = 421
    BAD_SEQUENCE_OF_COMMANDS = 503
    AUTHENTICATION_REQUIRED = 530
    AUTHENTICATION_TOO_WEAK = 534
    AUTHENTICATION_INVALID = 535
    ENCRYPTION_REQUIRED_FOR_AUTHENTICATION = 538


# These speak of the connection and of our settings, not of this reader, who must not lose an
# edition to them.
_ABOUT_US = frozenset(ReplyCode) - {ReplyCode.SERVICE_NOT_AVAILABLE}


_PLAIN = {expected: rb"%d[0-9]{2}(?: [^\n]*|\r?)\n" % expected for expected in ExpectedReply}
REPLY_PATTERNS = {expected: re.compile(plain) for expected, plain in _PLAIN.items()}
"""What matches an answer of one line that is as wanted, read as it came, at little cost;
`interpret_reply` decides about the others."""

ENVELOPE_PATTERN = re.compile(_PLAIN[ExpectedReply.DONE] * 2 + _PLAIN[ExpectedReply.GO_AHEAD])
"""What matches the answers to MAIL, RCPT and DATA when a message may go: nearly always."""

NEXT_ENVELOPE_PATTERN = re.compile(_PLAIN[ExpectedReply.DONE] + ENVELOPE_PATTERN.pattern)
"""What matches the answer to a dot and those to the next message's commands: nearly always, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpReply:
    """A well-formed answer: code, text in one line, and the enhanced status if it has one.

    `said` is more of the text than is ever stored, for the classification.
    """

    code: int
    text: str
    status: str | None = None
    said: str = ""

    @property
    def kind(self) -> int:
        """Return the first digit."""
        return self.code // 100

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAccepted:
    """250 to the final dot: the relay has taken the message over."""

    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeferred:
    """Not taken, and certainly not sent: may be tried again.

    `stage` is the command that was answered, if one was. `cause` is set where the answer was a
    5xx all the same: the reader keeps their edition, and whose fault it is counts.
    """

    reason: str
    reply: str = ""
    stage: SmtpStage | None = None
    cause: RefusalClassification | None = None
    # Why trying again is for a person to decide; None where it is not.
    holds: TranslatableMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRefused:
    """Not to be tried again, unless an operator says so: whose fault it is says `cause`."""

    reason: str
    reply: str = ""
    stage: SmtpStage | None = None
    cause: RefusalClassification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUncertain:
    """The dot was written and no answer came: it cannot be known (RFC 1047)."""

    reason: str
    reply: str = ""
    stage: SmtpStage | None = None


TransactionResult = MessageAccepted | MessageDeferred | MessageRefused | MessageUncertain


def parse_reply(lines: Sequence[bytes]) -> SmtpReply | None:
    """Read the lines of one answer; None means that this is not SMTP."""
    texts: list[str] = []
    codes: set[str] = set()
    for line in lines:
        match = _LINE.fullmatch(line.decode("utf-8", "replace").rstrip("\r\n"))
        if match is None:
            return None
        codes.add(match[1])
        texts.append(match[3] or "")
    if len(codes) != 1:
        return None
    code = codes.pop()
    said = _cut(" ".join(texts))
    return SmtpReply(code=int(code), text=said[:MAX_STORED], status=_status(code, texts), said=said)


def interpret_reply(
    reply: SmtpReply | None,
    *,
    expected: ExpectedReply,
    stage: SmtpStage | None = None,
    after_dot: bool = False,
) -> TransactionResult | None:
    """Return what ends the transaction here; None means it goes on as wanted.

    `stage` is the command that was answered. After the final dot a 2xx is the end too, and an
    answer that is no answer leaves us uncertain; before it, the same nonsense is harmless because
    nothing was handed over.
    """
    if reply is None:
        return _surprise(DeliveryReason.NO_SMTP_REPLY, stage=stage, after_dot=after_dot)
    if reply.kind == expected:
        return MessageAccepted(reply=str(reply)) if after_dot else None
    reason = reply.status or str(reply.code)
    if reply.kind == ReplyKind.TRANSIENT_FAILURE:
        return MessageDeferred(reason=reason, reply=str(reply), stage=stage)
    if reply.kind == ReplyKind.PERMANENT_FAILURE:
        ending = MessageDeferred if reply.code in _ABOUT_US and not after_dot else MessageRefused
        return ending(
            reason=reason,
            reply=str(reply),
            stage=stage,
            cause=_classify(f"{reply.code} {reply.said or reply.text}", stage),
        )
    return _surprise(
        DeliveryReason.UNEXPECTED_REPLY, stage=stage, after_dot=after_dot, reply=str(reply)
    )


def local_cause(reason: str, fault: Fault) -> RefusalClassification:
    """Return the cause of a refusal that no server has spoken: it never counts as hard."""
    return RefusalClassification(
        fault=fault, reason=reason, hard=False, retry=False, status="", code=""
    )


def parse_acceptance(answer: bytes) -> MessageAccepted:
    """Read an answer to the final dot that is one of `REPLY_PATTERNS`: nearly all are.

    Other answers may follow in the same piece.
    """
    line = answer[: answer.index(b"\n")]
    return MessageAccepted(reply=_store(line.decode("utf-8", "replace").rstrip("\r")))


def ends_connection(reply: SmtpReply | None) -> bool:
    """Return whether the connection must not be used after this answer."""
    if reply is None or reply.kind == ReplyKind.INTERMEDIATE:
        return True
    return reply.code == ReplyCode.SERVICE_NOT_AVAILABLE or reply.code in _ABOUT_US


def scrub(text: str) -> str:
    """Replace addresses and control characters, so that the text may be stored and logged."""
    if not text.isprintable():
        text = _UNPRINTABLE.sub(" ", text)
    # Most answers name no address; looking for the sign is quicker than the expression.
    if "@" in text or "%40" in text:
        text = _ADDRESS.sub("<address>", text)
    return text.strip()


def _store(text: str) -> str:
    # Cut before the expressions run, so that a huge answer costs nothing, and after them.
    return scrub(text[: MAX_STORED * 4])[:MAX_STORED]


def _cut(text: str) -> str:
    return scrub(text[:MAX_CLASSIFIED])


# Who refuses many messages refuses them in the same words.
@lru_cache(maxsize=2048)
def _classify(text: str, stage: SmtpStage | None) -> RefusalClassification:
    # Its rules are read with the first refusal: commands that show outcomes judge none.
    from service.replies.classify import classify_refusal

    return classify_refusal(text, stage=stage)


def _status(code: str, texts: Sequence[str]) -> str | None:
    for text in texts:
        match = _STATUS.match(text)
        if match and match[1] == code[0]:
            return match[0]
    return None


def _surprise(
    reason: str, *, stage: SmtpStage | None, after_dot: bool, reply: str = ""
) -> TransactionResult:
    if after_dot:
        return MessageUncertain(reason=reason, reply=reply, stage=stage)
    return MessageDeferred(reason=reason, reply=reply, stage=stage)
