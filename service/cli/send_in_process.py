"""Sends an edition from the command's own process, without workers."""

import time

from service.boot import Runtime, send_dependencies

RETRY_SECONDS = 0.2


def send_in_process(runtime: Runtime, edition_id: int) -> None:
    """Build and send in this process; an interrupt releases what was not started."""
    from service.delivery.composer import MessageComposer
    from service.delivery.sending.run import send_until_done
    from service.delivery.workflow import advance

    url = runtime.settings.public_url
    # A worker may be building it: it ends in a moment, or its lease does in half a minute.
    while not advance.advance_edition(
        runtime.begin, edition_id, clock=runtime.clock, public_url=url
    ):
        time.sleep(RETRY_SECONDS)
    sending = send_dependencies(runtime)
    with runtime.begin() as session:
        composer = MessageComposer.load(
            session, edition_id, keyring=sending.keyring, mail_identity=sending.mail_identity
        )
    send_until_done(
        edition_id, sending, composer=composer, stop=lambda: False, is_contended=lambda: False
    )
