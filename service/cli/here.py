"""Sends an edition from the command's own process, without workers."""

import time

from service.boot import Runtime, crew

A_MOMENT = 0.2


def send_here(runtime: Runtime, edition_id: int) -> None:
    """Build and hand over from this process; an interrupt gives back what was not begun."""
    from service.delivery import produce
    from service.delivery.letters import Letters
    from service.delivery.turns import send_in_turns

    url = runtime.settings.public_url
    # A worker may have been quicker, and is done in a moment or dead in half a minute.
    while not produce.carry_on(runtime.begin, edition_id, clock=runtime.clock, public_url=url):
        time.sleep(A_MOMENT)
    sending = crew(runtime)
    with runtime.begin() as session:
        letters = Letters.load(session, edition_id, keyring=sending.keyring, post=sending.post)
    send_in_turns(
        edition_id, sending, writer=letters, stop=lambda: False, is_contended=lambda: False
    )
