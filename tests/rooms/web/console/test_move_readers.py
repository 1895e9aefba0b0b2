"""Moving readers in the console: proposed, counted, agreed to, and watched."""

from datetime import time

import pytest

from service.boot import Runtime
from service.delivery.workflow import move_readers as moves
from service.newsletters.frequency import Frequency
from tests.audit_trail import audited
from tests.builders import a_newsletter, a_reader
from tests.rooms.web.signed_in import an_operator

HERE = "/console/newsletters/le-matin/move"


@pytest.fixture
def newsletter_id(runtime: Runtime) -> int:
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(
            session,
            now=now,
            days=(1,),
            times=(time(7),),
            daily_at=time(18),
            default_frequency=Frequency.DAILY,
        )
        for _ in range(3):
            a_reader(session, paper, now=now)
        return paper.id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"move": "each-daily"}, "tick the box if these readers are to be moved"),
        ({"move": "daily-each", "agreed": "yes"}, "Choose which readers are to be moved."),
        ({"agreed": "yes"}, "Choose which readers are to be moved."),
    ],
)
def test_readers_are_moved_only_when_it_was_agreed_to(
    runtime: Runtime, newsletter_id: int, typed: dict[str, str], sentence: str
) -> None:
    """One wrong click would write to every reader."""
    answer = an_operator(runtime, locale="en").post(HERE, data=typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    with runtime.begin() as session:
        assert moves.last_move(session, newsletter_id) is None


def test_a_move_is_counted_started_and_watched(runtime: Runtime, newsletter_id: int) -> None:
    browser = an_operator(runtime, locale="en")

    question = browser.get(HERE).text
    answer = browser.post(HERE, data={"move": "each-daily", "agreed": "yes"})
    running = browser.get(HERE).text
    twice = browser.post(HERE, data={"move": "each-daily", "agreed": "yes"})
    told = browser.get(HERE).text
    with runtime.begin() as session:
        started = moves.last_move(session, newsletter_id)
        assert started is not None
    for _ in range(2):
        with runtime.begin() as session:
            moves.continue_move(session, started.id, now=runtime.clock())
    done = browser.get(HERE).text

    assert "3 readers: once a day instead of every edition" in question
    assert 'value="each-daily" checked' in question
    assert (answer.status_code, twice.status_code) == (303, 303)
    assert "0 of 3 readers so far" in running
    assert 'http-equiv="refresh"' in running
    assert "being moved already" in told
    assert "3 readers moved: once a day instead of every edition." in done
    assert "There are no readers whom you could move" in done
    assert audited(runtime.begin)[-1][0] == "newsletter.readers_moved"
