"""Where an edition stands: the same for its page, its stream and a screen reader."""

from dataclasses import replace

import pytest

from service.boot import Runtime
from service.delivery.relay_incidents import queries as relays
from service.editions import control
from service.editions.lifecycle import EditionState
from service.kit.errors import NotFound
from service.kit.translatable import translatable
from service.web.console.edition_status import EditionStatus, load_status
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import an_issue, send, send_deps
from tests.rooms.web.signed_in import an_operator


def status_of(runtime: Runtime, edition_id: int) -> EditionStatus:
    with runtime.begin() as session:
        return load_status(session, edition_id, now=runtime.clock())


def test_an_edition_is_over_when_nothing_on_its_page_changes_any_more(
    runtime: Runtime, clock: FakeClock
) -> None:
    """A page that stops too early shows a number that is wrong for ever."""
    issue = an_issue(runtime.begin, clock)
    before = status_of(runtime, issue.edition_id)
    with Relay() as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))
    after = status_of(runtime, issue.edition_id)

    assert (before.is_over, after.is_over) == (False, True)
    assert before.values()["books"].of("pending") == 3
    assert after.values()["books"].counts["accepted"] == 3
    assert after.values()["is_final"]


def test_a_relay_that_is_away_is_named_only_while_the_edition_needs_it(
    runtime: Runtime, clock: FakeClock
) -> None:
    """Beside an edition that is over it would explain nothing."""
    sending = an_issue(runtime.begin, clock)
    planned = an_issue(runtime.begin, clock, produced=False)
    why = {
        "reason": translatable("relay.not_listening"),
        "advice": translatable("relay.advice.address"),
    }
    with runtime.begin() as session:
        relays.keep(session, "mail.example.org:587", why, now=clock.now, old=clock.now)

    assert len(status_of(runtime, sending.edition_id).relays) == 1
    assert len(status_of(runtime, planned.edition_id).relays) == 0


def test_the_content_is_another_one_with_each_step_of_the_build_and_each_revision(
    runtime: Runtime, clock: FakeClock
) -> None:
    """An open page reloads its articles and its preview then, and not at each number."""
    status = status_of(runtime, an_issue(runtime.begin, clock).edition_id)

    def version(state: EditionState, revision: int) -> str:
        return replace(
            status,
            progress=replace(status.progress, state=state),
            edition=replace(status.edition, rendered_revision=revision),
        ).content_version

    building = {version(state, 0) for state in (EditionState.PLANNED, EditionState.FROZEN)}
    sent = {version(state, 1) for state in (EditionState.SENDING, EditionState.FINISHED)}
    assert len(building) == 2
    assert len(sent) == 1
    assert version(EditionState.SENDING, 2) not in sent


def test_a_screen_reader_hears_why_an_edition_was_paused(
    runtime: Runtime, clock: FakeClock
) -> None:
    """What stands in red on the page is otherwise silent."""
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        note = translatable("edition.refused.complaints", share=0.3)
        control.pause(session, issue.edition_id, now=clock.now, note=note)
    here = f"/console/editions/{issue.edition_id}/progress"

    said = an_operator(runtime, locale="en").get(here).json()["said"]

    assert said.startswith("Paused. ")
    assert "0.3" in said


def test_an_edition_that_is_not_there_is_not_found(runtime: Runtime) -> None:
    """The number comes from the address bar."""
    with pytest.raises(NotFound):
        status_of(runtime, 404)
