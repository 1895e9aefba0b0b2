"""Sending without workers: the command's own process builds what is due and hands it over."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from service.boot import Runtime, build_runtime
from service.cli.send_in_process import send_in_process
from service.editions import build_lease
from service.editions.find import get_edition
from service.kit.errors import Misconfigured
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from tests.rooms.cli.shell import PATIENCE
from tests.rooms.delivery.harness import an_issue, books


def test_an_edition_that_was_only_planned_is_built_and_sent(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """A newsroom may have no workers at all."""
    issue = an_issue(runtime.begin, clock, produced=False)

    send_in_process(runtime, issue.edition_id)

    ledger = books(runtime.begin, issue)
    assert (ledger.state, ledger.accepted, ledger.balanced) == ("finished", 3, True)
    assert {each.recipient for each in sink.messages} == set(issue.readers)


def test_a_second_run_sends_nothing_again(runtime: Runtime, clock: FakeClock, sink: Sink) -> None:
    """An operator who is unsure repeats the command."""
    issue = an_issue(runtime.begin, clock)

    for _ in range(2):
        send_in_process(runtime, issue.edition_id)

    assert len(sink.messages) == 3


def test_it_waits_for_a_worker_that_is_building_the_edition(
    runtime: Runtime, clock: FakeClock, sink: Sink
) -> None:
    """Two builders would render the same parts; to give up would leave the edition unsent."""
    issue = an_issue(runtime.begin, clock, produced=False)
    with runtime.begin() as session:
        lease = build_lease.claim(session, issue.edition_id)
    assert lease is not None
    asked = threading.Event()

    def note(*given: object) -> None:
        if "building" in str(given[2]):
            asked.set()

    with ThreadPoolExecutor(1) as pool:
        event.listen(runtime.engine, "after_cursor_execute", note)
        sending = pool.submit(send_in_process, runtime, issue.edition_id)
        assert asked.wait(PATIENCE)
        event.remove(runtime.engine, "after_cursor_execute", note)
        with runtime.begin() as session:
            assert get_edition(session, issue.edition_id).state == "planned"
            build_lease.release(session, lease)
        sending.result(PATIENCE)

    assert len(sink.messages) == 3


def test_without_a_relay_the_edition_is_built_and_the_setting_is_named(
    runtime: Runtime, clock: FakeClock
) -> None:
    """Nothing is lost: workers with a relay, or the same command later, send it."""
    issue = an_issue(runtime.begin, clock, produced=False)
    settings = runtime.settings.model_copy(update={"smtp_url": []})
    without = build_runtime(settings, clock=clock)

    with pytest.raises(Misconfigured, match="CRIEUR_SMTP_URL"):
        send_in_process(without, issue.edition_id)

    without.close()
    assert books(runtime.begin, issue).pending == 3
