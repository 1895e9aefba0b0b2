"""What a worker repeats beside its jobs begins and ends with it, and survives an error."""

import threading

from service.boot import Runtime
from workers.periodic_thread import PeriodicThread, PeriodicThreads

PATIENCE = 30.0
NEVER = 600.0


def test_work_is_repeated_after_an_error_until_the_worker_stops(runtime: Runtime) -> None:
    stop, enough = threading.Event(), threading.Event()
    calls: list[int] = []

    def work() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise RuntimeError("once")
        enough.set()

    thread = PeriodicThread(work, name="test", every=0.001, stop=stop)
    thread.after_worker_boot(runtime.broker, None)  # type: ignore[arg-type]  # It asks neither.
    went_on = enough.wait(PATIENCE)
    stop.set()
    thread.after_worker_shutdown(runtime.broker, None)  # type: ignore[arg-type]

    assert went_on
    assert len(calls) >= 2
    assert "test" not in [each.name for each in threading.enumerate()]


def test_several_threads_start_and_end_together_and_none_waits_out_its_pause(
    runtime: Runtime,
) -> None:
    stop = threading.Event()
    begun = [threading.Event(), threading.Event()]
    threads = PeriodicThreads(
        *(
            PeriodicThread(each.set, name=f"test-{number}", every=NEVER, stop=stop)
            for number, each in enumerate(begun)
        )
    )

    threads.after_worker_boot(runtime.broker, None)  # type: ignore[arg-type]  # They ask neither.
    started = [each.wait(PATIENCE) for each in begun]
    stop.set()
    threads.after_worker_shutdown(runtime.broker, None)  # type: ignore[arg-type]

    assert started == [True, True]
    assert not [each for each in threading.enumerate() if each.name.startswith("test-")]
