"""Lease due deliveries of an edition and hand them to the relay until none is due."""

from service.boot import Runtime, send_dependencies
from service.delivery.composer import MessageComposer
from service.delivery.sending.run import send_until_done
from service.delivery.workflow.advance import advance_edition
from service.editions import find
from service.rendering.part_store import reset_if_parts_lost
from workers.concurrency import editions_underway, max_editions
from workers.process import draining


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if nothing is due; a process that drains releases what it has not started."""
    with runtime.begin() as session:
        is_alert = find.is_alert(session, edition_id)
    limit = max_editions(runtime.settings.worker_threads, is_alert=is_alert)
    with editions_underway.acquire(edition_id, limit=limit) as is_acquired:
        if not is_acquired:
            return
        sending = send_dependencies(runtime)
        _complete(runtime, edition_id)
        with runtime.begin() as session:
            composer = MessageComposer.load(
                session, edition_id, keyring=sending.keyring, mail_identity=sending.mail_identity
            )
        send_until_done(
            edition_id,
            sending,
            composer=composer,
            stop=draining.is_set,
            is_contended=editions_underway.is_contended,
        )


def _complete(runtime: Runtime, edition_id: int) -> None:
    """Render again what is missing, such as after the restore of a table."""
    with runtime.begin() as session:
        is_lost = reset_if_parts_lost(session, edition_id)
    if is_lost:
        url = runtime.settings.public_url
        advance_edition(runtime.begin, edition_id, clock=runtime.clock, public_url=url)
