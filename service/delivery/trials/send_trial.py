"""Send one trial message: as readers would get it, marked in its subject, with dead links."""

import asyncio

from service.delivery import composer
from service.delivery.dependencies import SendDependencies
from service.delivery.guard import sending_guard
from service.delivery.relay_incidents import RelayIncidents
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import RelayUnreachable
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.replies import MessageAccepted
from service.delivery.trials import queries
from service.delivery.trials.request_trial import VALID_FOR
from service.editions.find import get_edition
from service.kit.errors import CrieurError
from service.kit.log import get_logger
from service.newsletters import catalogue

log = get_logger(__name__)


def send_trial(trial_id: int, deps: SendDependencies) -> str | None:
    """Send a trial message and store what became of it; None if it is not due any more.

    It is sent at most once: an editor who misses it asks again.
    """
    with deps.begin() as session:
        now = deps.clock()
        if not sending_guard.may_send(session, now=now):
            return None
        claimed = queries.claim(session, trial_id, since=now - VALID_FOR, now=now)
    if claimed is None:
        return None
    try:
        with deps.begin() as session:
            edition = get_edition(session, claimed.edition_id)
            newsletter = catalogue.get_by_id(session, edition.newsletter_id)
            message = composer.trial_message(
                session,
                claimed.edition_id,
                settings=deps.mail_identity,
                address=claimed.address,
                mask=claimed.mask,
                now=deps.clock(),
            )
        domain = newsletter.sender_address.rpartition("@")[2]
        result, reply = asyncio.run(_hand_over(message, domain, deps))
    except CrieurError as error:
        result, reply = "unwritable", str(error)
    with deps.begin() as session:
        queries.settle(session, trial_id, result=result, reply=reply, now=deps.clock())
    log.info("trial.settled", trial=trial_id, result=result)
    return result


async def _hand_over(
    message: OutgoingMessage, sender_domain: str, deps: SendDependencies
) -> tuple[str, str]:
    connection = RelayConnection(
        deps.relay_pool,
        sender_domain=sender_domain,
        timeouts=deps.timeouts,
        incidents=RelayIncidents(deps.begin, deps.clock),
    )
    try:
        result = await connection.send_message(message)
    finally:
        await connection.close()
    if isinstance(result, RelayUnreachable):
        return "unreachable", str(result.reason)
    if isinstance(result, MessageAccepted):
        return "accepted", ""
    return "refused", str(result.reply or result.reason)
