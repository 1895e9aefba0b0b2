"""Pure: the values that reading a returned mail gives; every reader of this room speaks them."""

from dataclasses import dataclass
from enum import StrEnum

from service.replies.classification import Fault


class ReportKind(StrEnum):
    """What a mail that came back is."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    AUTOREPLY = "autoreply"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFinding:
    """What a mail says of one address, before anybody judged it."""

    address: str
    kind: ReportKind
    status: str = ""
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedFinding:
    """What a mail means for one address; hard = the address itself is bad.

    `fault` says whose fault a failure or a delay is; a complaint has no fault.
    """

    address: str
    kind: ReportKind
    reason: str
    hard: bool
    status: str
    text: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """One returned mail, read.

    `return_paths` are the addresses in it that may be ours: where it was sent to and the
    envelope sender of the message it returns. `list_unsubscribe_addresses` are those of a message
    that is complained about: feedback loops leave the envelope sender out.
    """

    kind: ReportKind
    findings: tuple[ClassifiedFinding, ...] = ()
    return_paths: tuple[str, ...] = ()
    list_unsubscribe_addresses: tuple[str, ...] = ()
    message_id: str | None = None
