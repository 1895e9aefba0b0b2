"""SQL about refusals: whose fault they are, and taking those back that are to be sent again."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from service.kit.db import Session
from service.replies.classification import Fault

# Of refusals from before faults were kept only RFC 3463's codes for a mailbox that is not there are
# believed, so that a dead one is not offered as one to send to again.
_NO_MAILBOX = r"attempt.reply ~ '^5\d\d[ -]5\.(1\.[126]|2\.1)\M'"

# What was last said to whoever is refused. An index has it in this order, without the attempts that
# were only put off, which may be many times as many. Of a column that is true or false the planner
# thinks that half of its rows are; of a word among others, so few that it looks each reader up.
_LAST = rf"""
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

# Whoever may have a copy in spite of the refusal keeps it: an answer came after a doubt, or under
# a lease that was lost.
_AGAIN = """
    refused.subscriber_id NOT IN (
        SELECT attempt.subscriber_id FROM attempt
        WHERE attempt.edition_id = :edition_id AND attempt.result <> 'deferred'
          AND attempt.result IN ('accepted', 'uncertain'))
    """


class RefusalGroup(NamedTuple):
    """Readers at one domain who were refused for one reason, and what the last of them was told."""

    fault: str
    reason: str
    domain: str
    readers: int
    # How many of them may be sent it again.
    again: int
    reply: str


_GROUPS = text(f"""
    WITH {_LAST}, grouped AS (
        SELECT refused.fault, refused.reason,
               split_part(coalesce(subscriber.address_key, ''), '@', 2) AS domain,
               count(*) AS readers, count(*) FILTER (WHERE {_AGAIN}) AS again,
               max(refused.id) AS latest
        FROM refused LEFT JOIN subscriber ON subscriber.id = refused.subscriber_id
        GROUP BY refused.fault, refused.reason, domain
    )
    SELECT fault, reason, domain, readers, again,
           (SELECT attempt.reply FROM attempt WHERE attempt.id = grouped.latest) AS reply
    FROM grouped
    ORDER BY readers DESC, fault, reason, domain
    """)  # noqa: S608  only constants of this module are put in.


def refusal_groups(session: Session, edition_id: int) -> list[RefusalGroup]:
    """Return who is refused in an edition by fault, reason and domain, the largest groups first."""
    rows = session.execute(_GROUPS, {"edition_id": edition_id})
    return [RefusalGroup(*row) for row in rows]


_REOPEN = text(f"""
    WITH {_LAST}, again AS (
        UPDATE delivery SET state = 'deferred', next_at = :now, settled_at = NULL
        FROM refused
        WHERE delivery.edition_id = :edition_id
          AND delivery.subscriber_id = refused.subscriber_id AND delivery.state = 'refused'
          AND refused.fault = ANY (CAST(:faults AS text[])) AND {_AGAIN}
        RETURNING delivery.subscriber_id
    )
    SELECT count(*) FROM again
    """)  # noqa: S608  only constants of this module are put in.


def reopen_refused(
    session: Session, edition_id: int, *, faults: Collection[Fault], now: datetime
) -> int:
    """Let those who were refused by these faults be sent the edition again; return how many.

    The transition is checked row by row: of two who do this at once, one finds nobody.
    """
    values = {"edition_id": edition_id, "faults": [each.value for each in faults], "now": now}
    return int(session.execute(_REOPEN, values).scalar_one())
