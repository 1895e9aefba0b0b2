"""Lease due deliveries of an edition and hand them to the relay until none is due."""

from service.boot import Runtime, crew
from service.delivery.letters import Letters
from service.delivery.send import send_edition
from workers.process import draining


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if nothing is due; what was not begun when the process drains is given back."""
    sending = crew(runtime)
    with runtime.begin() as session:
        letters = Letters.load(session, edition_id, keyring=sending.keyring, post=sending.post)
    send_edition(edition_id, sending, writer=letters, stop=draining.is_set)
