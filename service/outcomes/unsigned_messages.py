"""A small pile for mail to `fbl@` and `postmaster@` that nothing signed proves.

It has no effects and starts no job. An operator may want to read it: who sets a feedback loop
up is sent a code there, and postmasters write to each other. Anybody can send such mail, so the
pile is small, and what lies on it is soon forgotten.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from service.kit.db import Session
from service.kit.errors import NotFound
from service.outcomes import queries
from service.outcomes.tables import UnsignedMessage

MAX_MESSAGES = 500
MAX_TOTAL_BYTES = 32 << 20
LIMIT_BYTES = 1 << 20
KEPT_FOR = timedelta(days=3)


def store_unsigned_message(
    session: Session, raw: bytes, *, envelope_to: str, channel: str, now: datetime
) -> bool:
    """Lay a mail on the pile; False means that it is full, or the mail is too large for it."""
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
) -> Sequence[tuple[int, datetime, str, int]]:
    """List the mails, newest first: number, when, to whom, bytes."""
    return queries.list_unsigned_messages(session, limit=limit)


def raw_unsigned_message(session: Session, mail_id: int) -> bytes:
    """Return a mail as it came.

    Raises:
        NotFound: there is none of this number, or it was forgotten.
    """
    mail = queries.unsigned_message_by_id(session, mail_id)
    if mail is None:
        raise NotFound("There is no such mail; `crieur bounce unsigned` lists those that are kept.")
    return mail.raw


def purge_unsigned_messages(session: Session, *, now: datetime) -> int:
    """Forget old mails."""
    return queries.purge_unsigned_messages(session, before=now - KEPT_FOR)
