"""Hand one trial message to the relay."""

from service.boot import Runtime, send_dependencies
from service.delivery.trials.send_trial import send_trial


def run(runtime: Runtime, *, trial_id: int) -> None:
    """Do nothing if it has been sent, or is too old."""
    send_trial(trial_id, send_dependencies(runtime))
