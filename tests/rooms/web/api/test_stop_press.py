"""A publisher's system stops the press, as an operator does in the console."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.delivery.workflow import advance
from service.editions.find import edition_articles, get_edition
from service.web.app import make_app
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import POST, Issue, an_issue, send, send_deps
from tests.rooms.delivery.sending.test_revision import some_first
from tests.rooms.web.api.test_editions import System


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(make_app(runtime)) as opened:
        yield opened


@pytest.fixture
def issue(runtime: Runtime, clock: FakeClock) -> Issue:
    """An edition on its way: one of its three readers has it."""
    made = an_issue(runtime.begin, clock)
    with Relay(some_first) as relay:
        send(made, send_deps(runtime.begin, clock, relay.url))
    return made


def article_of(runtime: Runtime, issue: Issue) -> int:
    with runtime.begin() as session:
        return edition_articles(session, issue.edition_id)[0].article.id


def test_it_pauses_withdraws_and_tells_who_had_which_revision(
    runtime: Runtime, client: TestClient, issue: Issue
) -> None:
    system = System(client, runtime)
    article = article_of(runtime, issue)
    path = f"/editions/{issue.edition_id}"

    answer = system.call(
        "POST", f"{path}/stop-press", {"pause": True, "article": article, "withdraw": True}
    )
    again = system.call(
        "POST", f"{path}/stop-press", {"pause": True, "article": article, "withdraw": True}
    )
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=runtime.clock, public_url=POST.public_url
    )
    shown = system.call("GET", path).json()
    resumed = system.call("POST", f"{path}/resume")

    told = answer.json()
    assert (answer.status_code, told["paused"], told["changed"]) == (200, True, True)
    assert [(each["handed_over"], each["waiting"]) for each in told["editions"]] == [(1, 2)]
    assert told["revisions"][0]["accepted"] == 1
    assert again.json()["changed"] is False
    assert [(each["revision"], each["withdrawn"]) for each in shown["revisions"]] == [
        (1, 0),
        (2, 1),
    ]
    assert resumed.json()["paused"] is False


def test_it_corrects_and_only_pauses(runtime: Runtime, client: TestClient, issue: Issue) -> None:
    system = System(client, runtime)
    article = article_of(runtime, issue)
    path = f"/editions/{issue.edition_id}/stop-press"

    corrected = system.call("POST", path, {"article": article, "summary": "Exact."}).json()
    paused = system.call("POST", path, {"pause": True}).json()

    assert (corrected["changed"], corrected["paused"]) == (True, False)
    assert (paused["changed"], paused["paused"], paused["editions"]) == (False, True, [])
    with runtime.begin() as session:
        assert edition_articles(session, issue.edition_id)[0].article.summary == "Exact."


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"article": 1}, "Name the article, and what becomes of it: withdraw, title, summary."),
        ({"withdraw": True}, "Name the article, and what becomes of it"),
        (
            {"article": 1, "withdraw": True, "title": "Les deux"},
            "Withdraw an article or correct it, not both.",
        ),
        ({"article": 1, "withdraw": True, "loud": True}, "loud is no field of this operation"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(
    runtime: Runtime, client: TestClient, issue: Issue, body: dict[str, object], said: str
) -> None:
    answer = System(client, runtime).call("POST", f"/editions/{issue.edition_id}/stop-press", body)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)
    with runtime.begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is None


def test_an_unknown_article_an_early_edition_and_a_reading_key_are_refused(
    runtime: Runtime, client: TestClient, clock: FakeClock, issue: Issue
) -> None:
    system = System(client, runtime)
    reader = System(client, runtime, ApiKeyScope.READ_EDITIONS)
    early = an_issue(runtime.begin, clock, produced=False)
    gone = {"article": 987654, "withdraw": True}

    answers = [
        system.call("POST", f"/editions/{issue.edition_id}/stop-press", gone),
        system.call("POST", f"/editions/{early.edition_id}/stop-press", {"pause": True}),
        reader.call("POST", f"/editions/{issue.edition_id}/stop-press", {"pause": True}),
    ]

    assert [each.status_code for each in answers] == [404, 409, 403]
