"""Transactional messages: queued with their cause, sent immediately, retried like editions.

Who acts queues the notice in the same transaction, so a reader who reads "we have written to you"
gets the message even if everything stops in that moment.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from service.audience.pending_notice import PendingNotice
from service.delivery.async_transactions import AsyncTransactions
from service.delivery.dependencies import SendDependencies
from service.delivery.guard import sending_guard
from service.delivery.leasing.queries import attempts as attempt_queries
from service.delivery.lifecycle import DeliveryState
from service.delivery.notices import queries
from service.delivery.notices.compose_notice import compose_notice
from service.delivery.notices.queries import ClaimedNotice
from service.delivery.notices.queries import StuckNotices as StuckNotices  # noqa: PLC0414  Reports name it from here.
from service.delivery.reasons import DeliveryReason
from service.delivery.relay_incidents import RelayIncidents
from service.delivery.smtp.drain import cut_connections
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import RelayUnreachable
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.replies import MessageDeferred, MessageRefused, TransactionResult
from service.delivery.smtp.retry import AttemptContext, UncertainPolicy, resolve_attempt
from service.jobs import outbox
from service.jobs.catalogue import RECORD_REFUSALS, SEND_NOTICE
from service.kit.db import DatabaseUnavailable, Session
from service.kit.log import get_logger
from service.replies.classification import Fault, SmtpStage

log = get_logger(__name__)

NO_EDITION = 0
"""What stands for the edition where a notice is meant, as in the return path's token."""


def find_stuck_notices(session: Session) -> Sequence[StuckNotices]:
    """Return what keeps notices from being sent although no relay and no reader is at fault.

    A reader waits for each of these, and no bounce shows it.
    """
    return queries.stuck_notices(session)


def queue_notice(  # noqa: PLR0913  Each fact of the message is asked for by name.
    session: Session,
    *,
    kind: str,
    newsletter_id: int,
    subscriber_id: int,
    facts: Mapping[str, object],
    now: datetime,
    valid_for: timedelta,
) -> int:
    """Write a notice and enqueue its job once the caller's transaction commits; return its id."""
    notice_id = queries.add_notice(
        session,
        {
            "kind": kind,
            "newsletter_id": newsletter_id,
            "subscriber_id": subscriber_id,
            "facts": dict(facts),
            "created_at": now,
            "next_at": now,
            "expires_at": now + valid_for,
        },
    )
    outbox.enqueue(session, SEND_NOTICE.name, {"notice_id": notice_id}, now=now)
    log.info("notice.queued", notice=notice_id, kind=kind, subscriber=subscriber_id)
    return notice_id


def queue_pending_notice(session: Session, pending: PendingNotice | None, *, now: datetime) -> None:
    """Queue what a verb of the audience has returned, in its transaction; None queues nothing."""
    if pending is None:
        return
    queue_notice(
        session,
        kind=pending.kind,
        newsletter_id=pending.newsletter_id,
        subscriber_id=pending.subscriber_id,
        facts=pending.facts,
        now=now,
        valid_for=pending.valid_for,
    )


def send_notice(
    notice_id: int, deps: SendDependencies, *, stop: Callable[[], bool] = lambda: False
) -> str | None:
    """Send one notice if it is due; return its new state, None if there was nothing to do."""
    with deps.begin() as session:
        now = deps.clock()
        if not sending_guard.may_send(session, now=now):
            return None
        claimed = queries.claim_notice(
            session, notice_id=notice_id, now=now, until=now + deps.lease_for
        )
        if claimed is None:
            return None
        message = _write(session, claimed, deps)
    result = (
        asyncio.run(_hand_over(claimed, message, deps, stop))
        if isinstance(message, OutgoingMessage)
        else message
    )
    return _settle(claimed, result, deps)


def _write(
    session: Session, claimed: ClaimedNotice, deps: SendDependencies
) -> OutgoingMessage | MessageRefused | MessageDeferred:
    """Let a notice wait that cannot be written: its cause may be repaired."""
    try:
        return compose_notice(
            session, claimed, keyring=deps.keyring, mail_identity=deps.mail_identity
        )
    except DatabaseUnavailable:
        raise
    except Exception as error:
        log.exception("notice.unwritable", notice=claimed.id)
        return MessageDeferred(reason=DeliveryReason.UNWRITABLE, reply=type(error).__name__)


async def _hand_over(
    claimed: ClaimedNotice,
    message: OutgoingMessage,
    deps: SendDependencies,
    stop: Callable[[], bool],
) -> TransactionResult:
    """Try the relays in turn, with the lease kept alive for as long as one of them thinks."""
    wait = await _ask(claimed, deps)
    if wait is not None:
        return wait
    connection = RelayConnection(
        deps.relay_pool,
        sender_domain=claimed.sender_domain,
        timeouts=deps.timeouts,
        incidents=RelayIncidents(deps.begin, deps.clock),
    )
    keeping = asyncio.create_task(_keep_lease(claimed, deps))
    cutting = asyncio.create_task(cut_connections([connection], stop=stop, after=deps.drain_for))
    try:
        result = await connection.send_message(message)
        if not isinstance(result, RelayUnreachable):
            return result
        log.warning("relay.unreachable", notice=claimed.id, reason=str(result.reason))
        return MessageDeferred(
            reason=DeliveryReason.RELAY_UNREACHABLE,
            reply=str(result.reason),
            stage=SmtpStage.CONNECT,
        )
    finally:
        await connection.close()
        keeping.cancel()
        cutting.cancel()


async def _ask(claimed: ClaimedNotice, deps: SendDependencies) -> MessageDeferred | None:
    """Ask the throttle; a reader waits for this message, so it passes before editions."""
    if deps.throttle is None:
        return None
    provider = deps.throttle.limit_name_of(claimed.address.rpartition("@")[2].lower())
    grants = await asyncio.to_thread(
        deps.throttle.acquire,
        {provider: 1},
        now=deps.clock(),
        sender=claimed.sender_domain,
        transactional=True,
        run=f"notice:{claimed.id}",
    )
    return (
        None
        if grants[provider].granted
        else MessageDeferred(reason=DeliveryReason.WAITS_FOR_PROVIDER)
    )


async def _keep_lease(claimed: ClaimedNotice, deps: SendDependencies) -> None:
    transactions = AsyncTransactions(deps.begin)
    while True:
        await asyncio.sleep(deps.lease_for.total_seconds() / 3)
        until = deps.clock() + deps.lease_for
        await transactions.execute(partial(queries.renew_notice, claimed=claimed, until=until))


def _may_wait(result: TransactionResult) -> TransactionResult:
    """Defer what the relay refused by its own fault: it is sent when the relay is repaired.

    An edition is paused for that; a notice has no operator who would resume it. What a provider
    says of its own mailbox or of this message is final.
    """
    if not isinstance(result, MessageRefused) or result.cause is None:
        return result
    is_ours = result.cause.fault is Fault.RELAY or result.stage in {SmtpStage.MAIL, SmtpStage.DATA}
    if result.cause.fault is Fault.READER or not is_ours or not result.reply:
        return result
    return MessageDeferred(
        reason=result.reason, reply=result.reply, stage=result.stage, cause=result.cause
    )


def _settle(claimed: ClaimedNotice, result: TransactionResult, deps: SendDependencies) -> str:
    now = deps.clock()
    known = AttemptContext(
        ids=(claimed.id,),
        expires_at=claimed.expires_at,
        attempts=claimed.attempts,
        when_uncertain=UncertainPolicy.LEAVE,
    )
    settlement = resolve_attempt(_may_wait(result), known, now=now)
    with deps.begin() as session:
        was_held = queries.settle_notice(session, claimed=claimed, settlement=settlement, now=now)
        if settlement.state is DeliveryState.REFUSED:
            attempts = [(claimed.subscriber_id, settlement)]
            attempt_queries.insert_attempts(
                session, edition_id=NO_EDITION, attempts=attempts, now=now
            )
            outbox.enqueue(session, RECORD_REFUSALS.name, {"edition_id": NO_EDITION}, now=now)
    log.info(
        "notice.settled",
        notice=claimed.id,
        kind=claimed.kind,
        state=settlement.state.value,
        held=was_held,
    )
    return settlement.state.value
