"""What the ledger sink does to a mail, decided by a hash of its recipient and nothing else.

The sink and the test ask the same function, so a test knows for each reader what must become of
them, whatever order, worker or attempt the mail came in.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b


class Moment(StrEnum):
    """Where in the transaction the mood shows."""

    RCPT = "rcpt"
    BODY = "body"
    DOT = "dot"
    # The mail is kept and written down, and only its answer is lost.
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What happens to the first `spoils` attempts: an answer, a reset, silence or garbage."""

    kind: str
    moment: Moment = Moment.RCPT
    reply: str = ""
    spoils: int = 1


ACCEPT = Mood(kind="accept", spoils=0)
FOR_EVER = 1_000_000

_DEFERRALS = (
    "421 4.7.0 Try again later, closing connection",
    "450 4.2.1 The mailbox is busy",
    "451 4.3.0 Local error in processing",
    "452 4.2.2 The mailbox is full",
)
_NO_SUCH = "550 5.1.1 No such user here"
_POLICY = "554 5.7.1 Message refused by policy"

# Per mille of the readers: 25 % later, 5 % unknown, 2 % policy, 3 % reset, 1 % hang, 1 % garbage.
_BANDS = (
    (250, "defer"),
    (300, "unknown"),
    (320, "policy"),
    (350, "reset"),
    (360, "hang"),
    (370, "garbage"),
)


def mixed(recipient: str) -> Mood:
    """Return the mood of a relay on a very bad day."""
    draw = _draw(recipient)
    band = draw % 1000
    variant = draw // 1000
    kind = next((name for limit, name in _BANDS if band < limit), "accept")
    match kind:
        case "defer":
            moment = Moment.RCPT if variant % 2 else Moment.DOT
            reply = _DEFERRALS[variant // 2 % len(_DEFERRALS)]
            return Mood(kind=kind, moment=moment, reply=reply, spoils=1 + variant // 8 % 2)
        case "unknown":
            return Mood(kind=kind, reply=_NO_SUCH, spoils=FOR_EVER)
        case "policy":
            return Mood(kind=kind, moment=Moment.DOT, reply=_POLICY, spoils=FOR_EVER)
        case "reset":
            return Mood(kind=kind, moment=tuple(Moment)[variant % 4])
        case "hang" | "garbage":
            return Mood(kind=kind, moment=Moment.RCPT if variant % 2 else Moment.DOT)
        case _:
            return ACCEPT


def calm(recipient: str) -> Mood:
    """Return the mood of a relay that takes everything."""
    del recipient
    return ACCEPT


MOODS = {"calm": calm, "mixed": mixed}


def _draw(recipient: str) -> int:
    return int.from_bytes(blake2b(recipient.encode(), digest_size=8).digest())
