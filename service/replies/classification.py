"""Pure: the words in which a refusal is classified: stage, fault, reason, hard, retry."""

from dataclasses import dataclass
from enum import StrEnum


class SmtpStage(StrEnum):
    """The step of the SMTP dialogue that a reply answered (RFC 5321 section 4.1.4).

    A bounce mail usually does not say; its stage is None.
    """

    CONNECT = "connect"
    """The greeting, EHLO, STARTTLS and AUTH."""
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """The DATA command itself."""
    DOT = "dot"
    """The final dot: the whole message has been transferred."""


class Fault(StrEnum):
    """Whose fault a refusal is. Only READER may ever count against a reader."""

    READER = "reader"
    """The mailbox: it does not exist, is full, is disabled."""
    SENDER = "sender"
    """What we are or send: reputation, authentication, DNS, content, rate, our syntax."""
    RELAY = "relay"
    """The server we hand to: its quota, its configuration, its failure."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalClassification:
    """What a refusal means.

    `hard` is True only for a reader's fault that time does not mend; `retry` says that the same
    message may be offered again (4xx). `status` is the enhanced status code (RFC 3463) and `code`
    the three digits of RFC 5321; either is "" where the text has none.
    """

    fault: Fault
    reason: str
    hard: bool
    retry: bool
    status: str
    code: str
