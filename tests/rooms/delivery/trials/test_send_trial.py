"""A trial message: what is there now, for addresses that an editor names, and only once."""

from service.delivery.trials import request_trial
from service.delivery.trials.send_trial import send_trial
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.fakes.ports import a_free_port
from tests.fakes.relay import Mood, Relay
from tests.fakes.sink import Sink
from tests.rooms.delivery.harness import SHORT, send_deps
from tests.rooms.delivery.trials.draft import EDITOR, a_draft_edition, request


def test_an_editor_gets_what_is_there_now(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    draft_id = a_draft_edition(begin, clock)
    deps = send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")
    first, second = request(begin, keyring, draft_id, f"{EDITOR}, yao@journal.example", clock)

    assert [send_trial(first, deps), send_trial(second, deps)] == ["accepted", "accepted"]

    (taken,) = sink.to(EDITOR)
    assert taken.mail["Subject"] == "[Test] À la une"
    assert taken.mail["X-Crieur-Delivery"] is None
    body = taken.mail.get_body(("plain",))
    assert body is not None
    assert "Un titre de Sport" in body.get_content()
    with begin() as session:
        assert [each.result for each in request_trial.list_trials(session, draft_id)] == [
            "accepted",
            "accepted",
        ]


def test_it_is_sent_once_whatever_is_enqueued_again(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    draft_id = a_draft_edition(begin, clock)
    deps = send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")
    [trial_id] = request(begin, keyring, draft_id, EDITOR, clock)

    assert [send_trial(trial_id, deps), send_trial(trial_id, deps)] == ["accepted", None]
    assert len(sink.to(EDITOR)) == 1


def test_it_shows_a_choice_of_sections(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    draft_id = a_draft_edition(begin, clock)
    deps = send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")
    [trial_id] = request(begin, keyring, draft_id, EDITOR, clock, mask=0b10)

    send_trial(trial_id, deps)

    (taken,) = sink.to(EDITOR)
    body = taken.mail.get_body(("plain",))
    assert body is not None
    assert "Politique" not in body.get_content()


def test_what_the_relay_says_is_kept_for_the_editor(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    draft_id = a_draft_edition(begin, clock)
    [refused] = request(begin, keyring, draft_id, EDITOR, clock)
    with Relay(lambda _recipient, _attempt: Mood.REFUSE) as relay:
        state = send_trial(refused, send_deps(begin, clock, relay.url))
    [unreachable] = request(begin, keyring, draft_id, EDITOR, clock)
    with a_free_port() as port:
        nowhere = f"smtp://127.0.0.1:{port}?starttls=never"
        other = send_trial(unreachable, send_deps(begin, clock, nowhere, timeouts=SHORT))

    with begin() as session:
        later, earlier = request_trial.list_trials(session, draft_id)
    assert (state, other) == ("refused", "unreachable")
    assert earlier.reply
    assert earlier.reply.startswith("5")
    assert later.reply


def test_one_that_waited_too_long_is_not_sent(
    begin: Begin, clock: FakeClock, keyring: Keyring, sink: Sink
) -> None:
    """No worker ran for an hour: a test message of then would only confuse."""
    draft_id = a_draft_edition(begin, clock)
    deps = send_deps(begin, clock, f"smtp://127.0.0.1:{sink.port}?starttls=never")
    [trial_id] = request(begin, keyring, draft_id, EDITOR, clock)
    clock.advance(hours=1)

    assert send_trial(trial_id, deps) is None
    with begin() as session:
        assert request_trial.due_trials(session, now=clock()) == []
        request_trial.purge_trials(session, now=clock.advance(days=8))
        assert request_trial.list_trials(session, draft_id) == []
