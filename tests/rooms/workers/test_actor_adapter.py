"""What becomes of a job that fails, and what is said of it."""

from dataclasses import replace

import pytest
import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from service import metrics
from service.boot import Runtime
from service.editions.find import get_edition
from service.kit.errors import Misconfigured, NotFound
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, an_issue, books
from workers import send_edition
from workers.actor_adapter import adapt_actor


@pytest.fixture
def counted() -> CollectorRegistry:
    registry = CollectorRegistry()
    metrics.JOBS.attach(registry)
    return registry


def results(counted: CollectorRegistry) -> dict[str, float]:
    """Return how many jobs of this file ended with each result."""
    labels = {"job": __name__.rpartition(".")[2]}
    found = {
        result: counted.get_sample_value("crieur_jobs_total", {**labels, "result": result})
        for result in ("done", "failed", "misconfigured")
    }
    return {result: count for result, count in found.items() if count}


def setbacks(runtime: Runtime, issue: Issue) -> int:
    with runtime.begin() as session:
        return get_edition(session, issue.edition_id).setbacks


def test_a_worker_without_a_relay_says_so_once_and_leaves_the_work(
    runtime: Runtime, clock: FakeClock
) -> None:
    """Said at each sweep, the one sentence that helps would be buried under its repetitions."""
    issue = an_issue(runtime.begin, clock)
    act = adapt_actor(send_edition.run, replace(runtime, relays=[]))

    with structlog.testing.capture_logs() as logs:
        act(edition_id=issue.edition_id)
        act(edition_id=issue.edition_id)

    (told,) = [each for each in logs if each["event"] == "worker.misconfigured"]
    assert "CRIEUR_SMTP_URL is missing" in told["advice"]
    assert books(runtime.begin, issue).pending == 3
    assert setbacks(runtime, issue) == 0


def test_the_jobs_of_a_process_say_each_sentence_once_together(runtime: Runtime) -> None:
    """Six jobs would else say the same of one missing setting."""

    def run(runtime: Runtime) -> None:
        del runtime
        raise Misconfigured("CRIEUR_X is missing: set it.")

    reported: set[str] = set()
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            adapt_actor(run, runtime, reported=reported)()

    assert [each["advice"] for each in logs] == ["CRIEUR_X is missing: set it."]


def test_a_job_that_nobody_counts_fails_with_its_own_error(
    runtime: Runtime, counted: CollectorRegistry
) -> None:
    """Swallowed here, it would be in no log."""

    def run(runtime: Runtime, *, feed_id: int) -> None:
        del runtime
        raise ValueError(feed_id)

    with pytest.raises(ValueError, match="7"):
        adapt_actor(run, runtime)(feed_id=7)

    assert results(counted) == {"failed": 1}


def test_jobs_are_counted_by_how_they_ended(runtime: Runtime, counted: CollectorRegistry) -> None:
    """An alarm about failures must not ring for a setting, nor stay silent for one."""

    def run(runtime: Runtime, *, feed_id: int) -> None:
        del runtime
        if feed_id == 1:
            raise Misconfigured("CRIEUR_X is missing: set it.")

    for feed_id in (1, 2, 3):
        adapt_actor(run, runtime)(feed_id=feed_id)

    assert results(counted) == {"done": 2, "misconfigured": 1}


def test_an_edition_that_does_not_exist_fails_without_a_traceback(runtime: Runtime) -> None:
    """A message may outlive what it names, such as after a restored dump."""
    act = adapt_actor(send_edition.run, runtime)

    with structlog.testing.capture_logs() as logs:
        act(edition_id=404)

    with runtime.begin() as session, pytest.raises(NotFound):
        get_edition(session, 404)
    assert [each for each in logs if each["log_level"] == "error"] == []


def test_a_fault_of_ours_is_logged_with_its_job_and_counted_against_the_edition(
    runtime: Runtime, clock: FakeClock
) -> None:
    """The count ends in a pause with a note; without it a poisoned edition is tried for ever."""
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("UPDATE edition SET frozen = frozen - 'slug'"))
    act = adapt_actor(send_edition.run, runtime)

    with structlog.testing.capture_logs() as logs:
        act(edition_id=issue.edition_id)

    (failed,) = [each for each in logs if each["event"] == "worker.job_failed"]
    assert (failed["job"], failed["edition_id"]) == ("send_edition", issue.edition_id)
    assert setbacks(runtime, issue) == 1
