"""Messages that anybody may send are kept for a few days, in a store that cannot be flooded."""

from datetime import UTC, datetime, timedelta

import pytest

from service.kit.db import Begin, Session
from service.kit.errors import NotFound
from service.outcomes.unsigned_messages import (
    KEPT_FOR,
    LIMIT_BYTES,
    MAX_MESSAGES,
    list_unsigned_messages,
    purge_unsigned_messages,
    raw_unsigned_message,
    store_unsigned_message,
)

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def test_a_message_is_read_as_it_came_and_once(begin: Begin) -> None:
    raw = b"Subject: your code\n\n4711\xff"
    with begin() as session:
        for to in ("FBL@crieur.test", "fbl@crieur.test"):
            assert store_unsigned_message(session, raw, envelope_to=to, channel="smtp", now=NOW)

        (kept,) = list_unsigned_messages(session)
        assert raw_unsigned_message(session, kept.id) == raw
        with pytest.raises(NotFound, match="crieur bounce unsigned"):
            raw_unsigned_message(session, kept.id + 1)


def test_the_store_takes_neither_a_message_too_many_nor_one_too_large(begin: Begin) -> None:
    def store(session: Session, raw: bytes) -> bool:
        return store_unsigned_message(
            session,
            raw,
            envelope_to="postmaster@crieur.test",
            channel="smtp",
            now=NOW,
        )

    with begin() as session:
        assert not store(session, b"x" * (LIMIT_BYTES + 1))
        taken = [store(session, b"%d" % number) for number in range(MAX_MESSAGES + 1)]

        assert taken == [True] * MAX_MESSAGES + [False]
        assert len(list_unsigned_messages(session)) == MAX_MESSAGES


def test_messages_are_purged_after_their_days(begin: Begin) -> None:
    with begin() as session:
        for number, at in enumerate((NOW - KEPT_FOR - timedelta(seconds=1), NOW)):
            store_unsigned_message(
                session, b"%d" % number, envelope_to="fbl@crieur.test", channel="smtp", now=at
            )

        assert purge_unsigned_messages(session, now=NOW) == 1
        (left,) = list_unsigned_messages(session)
        assert raw_unsigned_message(session, left.id) == b"1"
