"""Lease due deliveries of an edition and hand them to the relay until none is due."""

from service.boot import Runtime, crew
from service.delivery.letters import Letters
from service.delivery.produce import carry_on
from service.delivery.turns import send_in_turns
from service.rendering.stored import forget_what_is_lost
from workers.places import places, places_for
from workers.process import draining


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if nothing is due; what was not begun when the process drains is given back."""
    with places.take(edition_id, most=places_for(runtime.settings.worker_threads)) as is_free:
        if not is_free:
            return
        sending = crew(runtime)
        _complete(runtime, edition_id)
        with runtime.begin() as session:
            letters = Letters.load(session, edition_id, keyring=sending.keyring, post=sending.post)
        send_in_turns(
            edition_id,
            sending,
            writer=letters,
            stop=draining.is_set,
            is_awaited=places.is_awaited,
        )


def _complete(runtime: Runtime, edition_id: int) -> None:
    """Render what an edition that is being sent has lost, or a restored table never had."""
    with runtime.begin() as session:
        is_lost = forget_what_is_lost(session, edition_id)
    if is_lost:
        url = runtime.settings.public_url
        carry_on(runtime.begin, edition_id, clock=runtime.clock, public_url=url)
