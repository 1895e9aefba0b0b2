"""A small store for messages to `fbl@` and `postmaster@` in which nothing is signed by us.

They have no effects and no job. An operator may want to read them: the code that confirms a
feedback loop comes there, and postmasters write to each other. Anybody can send such messages, so
the store is small and soon purged.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from service.kit.db import Session
from service.kit.errors import NotFound
from service.outcomes import queries
from service.outcomes.queries import UnsignedMessageEntry
from service.outcomes.tables import UnsignedMessage

MAX_MESSAGES = 500
MAX_TOTAL_BYTES = 32 << 20
LIMIT_BYTES = 1 << 20
KEPT_FOR = timedelta(days=3)


def store_unsigned_message(
    session: Session, raw: bytes, *, envelope_to: str, channel: str, now: datetime
) -> bool:
    """Store a message; False means that the store is full or the message too large for it."""
    if len(raw) > LIMIT_BYTES:
        return False
    queries.lock_unsigned_messages(session)
    count, size = queries.measure_unsigned_messages(session)
    if count >= MAX_MESSAGES or size + len(raw) > MAX_TOTAL_BYTES:
        return False
    to = envelope_to.lower()
    queries.insert_unsigned_message(
        session,
        UnsignedMessage(
            received_at=now,
            channel=channel,
            envelope_to=to,
            fingerprint=sha256(to.encode() + b"\0" + raw).hexdigest(),
            raw=raw,
        ),
    )
    return True


def list_unsigned_messages(
    session: Session, *, limit: int = MAX_MESSAGES
) -> Sequence[UnsignedMessageEntry]:
    """Return the messages, newest first."""
    return queries.list_unsigned_messages(session, limit=limit)


def raw_unsigned_message(session: Session, mail_id: int) -> bytes:
    """Return a message as it came.

    Raises:
        NotFound: there is none with this id, or it was purged.
    """
    mail = queries.unsigned_message_by_id(session, mail_id)
    if mail is None:
        raise NotFound("There is no such mail; `crieur bounce unsigned` lists those that are kept.")
    return mail.raw


def purge_unsigned_messages(session: Session, *, now: datetime) -> int:
    """Delete messages older than `KEPT_FOR`; return how many."""
    return queries.purge_unsigned_messages(session, before=now - KEPT_FOR)
