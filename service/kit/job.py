"""Pure: what a job is to whoever rings for it: a name and a queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One doorbell: the name on the button, and the queue it rings in."""

    name: str
    queue: str
