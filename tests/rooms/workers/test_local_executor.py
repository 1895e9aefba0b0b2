"""Jobs that did not come from dramatiq run in as many threads, and an error ends none of them."""

import threading

from service.jobs.catalogue import POLL_FEED, SEND_EDITION
from service.jobs.outbox import JobMessage
from workers.local_executor import LocalExecutor

PATIENCE = 30.0


def test_a_job_runs_with_its_ids_and_an_unknown_one_is_passed_over() -> None:
    done: list[int] = []
    executor = LocalExecutor({POLL_FEED: lambda *, feed_id: done.append(feed_id)}, threads=1)

    for message in (
        JobMessage(job=POLL_FEED.name, args={"feed_id": 7}),
        JobMessage(job="a job of the next version", args={"id": 1}),
    ):
        executor.submit(message).result(PATIENCE)
    executor.close()

    assert done == [7]


def test_a_job_that_fails_leaves_its_thread_to_the_next() -> None:
    done: list[int] = []

    def fail(*, edition_id: int) -> None:
        raise RuntimeError(f"edition {edition_id}")

    executor = LocalExecutor(
        {SEND_EDITION: fail, POLL_FEED: lambda *, feed_id: done.append(feed_id)}, threads=1
    )
    executor.submit(JobMessage(job=SEND_EDITION.name, args={"edition_id": 1})).result(PATIENCE)
    executor.submit(JobMessage(job=POLL_FEED.name, args={"feed_id": 2})).result(PATIENCE)
    executor.close()

    assert done == [2]


def test_it_is_full_while_all_threads_are_busy() -> None:
    release = threading.Event()

    def wait(*, feed_id: int) -> None:
        assert release.wait(PATIENCE), feed_id

    executor = LocalExecutor({POLL_FEED: wait}, threads=2)
    first, second = (
        executor.submit(JobMessage(job=POLL_FEED.name, args={"feed_id": number}))
        for number in range(2)
    )

    busy = executor.is_full
    release.set()
    first.result(PATIENCE)
    second.result(PATIENCE)

    assert busy
    assert not executor.is_full
    executor.close()
