"""SQL of refusals: whose fault they are, and reopening those that are to be sent again."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from service.delivery.lifecycle import DELIVERY, DeliveryState
from service.kit.db import Session, typed_rows
from service.replies.classification import Fault

# For refusals from before faults were stored, only RFC 3463's codes for an unknown mailbox are
# believed, so that a dead mailbox is not offered for sending again.
_NO_MAILBOX = r"attempt.reply ~ '^5\d\d[ -]5\.(1\.[126]|2\.1)\M'"

# The last answer to each refused delivery. An index has them in this order, without the deferrals,
# which may be many times as many. Of a boolean column the planner expects half of the rows; of a
# word among others, so few that it would look each reader up.
_LAST_ANSWERS = rf"""
    last AS NOT MATERIALIZED (
        SELECT DISTINCT ON (attempt.subscriber_id)
               attempt.subscriber_id, attempt.id, attempt.result = 'refused' AS is_refused,
               coalesce(attempt.fault,
                        CASE WHEN {_NO_MAILBOX} THEN 'reader' ELSE 'unknown' END) AS fault,
               coalesce(attempt.reason,
                        CASE WHEN {_NO_MAILBOX} THEN 'userunknown' ELSE 'undefined' END) AS reason
        FROM attempt WHERE attempt.edition_id = :edition_id AND attempt.result <> 'deferred'
        ORDER BY attempt.subscriber_id, attempt.id DESC
    ), refused AS (
        SELECT last.* FROM last JOIN delivery
          ON delivery.edition_id = :edition_id AND delivery.subscriber_id = last.subscriber_id
        WHERE delivery.state = 'refused' AND last.is_refused
    )
    """  # noqa: S608  only a constant of this module is put in.

# Excludes readers who may have a copy in spite of the refusal: an earlier attempt was uncertain, or
# was accepted under a lost lease.
_RESENDABLE = """
    refused.subscriber_id NOT IN (
        SELECT attempt.subscriber_id FROM attempt
        WHERE attempt.edition_id = :edition_id AND attempt.result <> 'deferred'
          AND attempt.result IN ('accepted', 'uncertain'))
    """


class RefusalGroupRow(NamedTuple):
    """Readers at one domain who were refused for one reason, and the last reply to one of them."""

    fault: str
    reason: str
    domain: str
    readers: int
    # How many of them may be sent the edition again.
    again: int
    reply: str


_GROUPS = text(f"""
    WITH {_LAST_ANSWERS}, grouped AS (
        SELECT refused.fault, refused.reason,
               split_part(coalesce(subscriber.address_key, ''), '@', 2) AS domain,
               count(*) AS readers, count(*) FILTER (WHERE {_RESENDABLE}) AS again,
               max(refused.id) AS latest
        FROM refused LEFT JOIN subscriber ON subscriber.id = refused.subscriber_id
        GROUP BY refused.fault, refused.reason, domain
    )
    SELECT fault, reason, domain, readers, again,
           (SELECT attempt.reply FROM attempt WHERE attempt.id = grouped.latest) AS reply
    FROM grouped
    ORDER BY readers DESC, fault, reason, domain
    """)  # noqa: S608  only constants of this module are put in.


def refusal_groups(session: Session, edition_id: int) -> list[RefusalGroupRow]:
    """Return an edition's refusals by fault, reason and domain, the largest groups first."""
    return typed_rows(session.execute(_GROUPS, {"edition_id": edition_id}), RefusalGroupRow)


_REFUSED = DELIVERY.sql_from(DeliveryState.REFUSED, to=DeliveryState.DEFERRED)
_REOPEN = text(f"""
    WITH {_LAST_ANSWERS}, again AS (
        UPDATE delivery SET state = 'deferred', next_at = :now, settled_at = NULL
        FROM refused
        WHERE delivery.edition_id = :edition_id
          AND delivery.subscriber_id = refused.subscriber_id AND delivery.state IN {_REFUSED}
          AND refused.fault = ANY (CAST(:faults AS text[])) AND {_RESENDABLE}
        RETURNING delivery.subscriber_id
    )
    SELECT count(*) FROM again
    """)  # noqa: S608  only constants of this module are put in.


def reopen_refused(
    session: Session, edition_id: int, *, faults: Collection[Fault], now: datetime
) -> int:
    """Defer the deliveries that were refused by these faults, due now; return how many.

    The transition is checked row by row: of two concurrent calls, one finds none.
    """
    values = {"edition_id": edition_id, "faults": [each.value for each in faults], "now": now}
    return int(session.execute(_REOPEN, values).scalar_one())
