"""Lease due deliveries of an edition and hand them to the relay until none is due."""

from service.boot import Runtime, crew
from service.delivery.enrol import masks_to_render
from service.delivery.letters import Letters
from service.delivery.turns import send_in_turns
from service.rendering.render_edition import render_masks
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
        missing = masks_to_render(session, edition_id)
    if missing:
        url = runtime.settings.public_url
        render_masks(runtime.begin, edition_id, missing, public_url=url, now=runtime.clock())
