"""What a worker process shares: one runtime, and the sign that it is to end."""

import subprocess
import sys

import dramatiq

from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from workers.process import SetDrainingFlag, draining

ASK_TWICE = """
from workers.process import process_runtime
first = process_runtime()
print(first is process_runtime(), *(type(each).__name__ for each in first.broker.middleware))
"""


def test_a_worker_that_stops_tells_the_jobs_that_run(runtime: Runtime) -> None:
    """The worker waits for them, and one that sends an edition would go on for hours."""
    runtime.broker.add_middleware(SetDrainingFlag())
    worker = dramatiq.Worker(runtime.broker, worker_threads=1)
    worker.start()
    try:
        before = draining.is_set()
        worker.stop()
        after = draining.is_set()
    finally:
        draining.clear()

    assert (before, after) == (False, True)


def test_a_process_has_one_runtime_that_notices_its_end(settings: Settings) -> None:
    """A second one would have connections of its own to everything, and drain unnoticed."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK_TWICE],
        env=child_environment_of(settings) | {"CRIEUR_DATA_DIR": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )

    is_same, *middleware = asked.stdout.split()
    assert is_same == "True"
    assert {"SetDrainingFlag", "DrainWhenOrphaned"} <= set(middleware)
