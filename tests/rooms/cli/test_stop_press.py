"""`crieur edition stop-press`, as an operator types it."""

import pytest

from service.boot import Runtime
from service.cli import edition
from service.delivery.workflow import advance
from service.editions import control
from service.editions.find import edition_articles, get_edition
from tests.audit_trail import audited
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.cli.conftest import Run, told
from tests.rooms.delivery.harness import POST, Issue, an_issue, send, send_deps
from tests.rooms.delivery.sending.test_revision import some_first


@pytest.fixture
def issue(runtime: Runtime, clock: FakeClock) -> Issue:
    """An edition on its way: one of its three readers has it."""
    made = an_issue(runtime.begin, clock)
    with Relay(some_first) as relay:
        send(made, send_deps(runtime.begin, clock, relay.url))
    return made


def articles_of(runtime: Runtime, issue: Issue) -> list[int]:
    with runtime.begin() as session:
        return [each.article.id for each in edition_articles(session, issue.edition_id)]


def test_it_shows_the_articles_then_pauses_and_withdraws_one(
    run: Run, runtime: Runtime, issue: Issue
) -> None:
    article, *others = articles_of(runtime, issue)

    (shown,) = told(run(edition.app, "stop-press", issue.edition_id, "--json"))
    (done,) = told(
        run(
            edition.app,
            "stop-press",
            issue.edition_id,
            "--pause",
            "--withdraw",
            article,
            "--json",
        )
    )
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=runtime.clock, public_url=POST.public_url
    )
    after = run(edition.app, "show", issue.edition_id).stdout
    books = run(edition.app, "ledger", issue.edition_id, "--json")

    assert [each["id"] for each in shown["articles"]] == [article, *others]
    assert (shown["paused"], done["paused"], done["changed"]) == (False, True, True)
    assert done["editions"][0]["handed_over"] == 1
    assert "revision" in after
    assert told(books)[0]["revisions"] == [{"revision": 1, "accepted": 1, "uncertain": 0}]
    assert audited(runtime.begin) == [
        ("edition.pause", {"edition_id": issue.edition_id}),
        ("article.withdrawn", {"article_id": article, "edition_id": issue.edition_id}),
    ]


def test_it_corrects_what_is_given(run: Run, runtime: Runtime, issue: Issue) -> None:
    article = articles_of(runtime, issue)[0]
    command = ("stop-press", issue.edition_id, "--correct", article, "--summary", "Exact.")

    said = [run(edition.app, *command).stdout for _ in range(2)]

    assert "Corrected. Messages not yet sent go out with the change within seconds." in said[0]
    assert "That changes nothing." in said[1]
    with runtime.begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is None


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--withdraw", 1, "--correct", 1), "not both"),
        (("--correct", 1), "Say what to correct"),
        (("--title", "Titre"), "belong to --correct"),
        (("--withdraw", 987654), "has no article 987654"),
    ],
)
def test_what_does_not_fit_is_refused_with_advice(
    run: Run, issue: Issue, options: tuple[object, ...], advice: str
) -> None:
    result = run(edition.app, "stop-press", issue.edition_id, *options)

    assert advice in str(result.exception)


def test_an_edition_that_is_not_frozen_is_refused(
    run: Run, runtime: Runtime, clock: FakeClock
) -> None:
    early = an_issue(runtime.begin, clock, produced=False)

    result = run(edition.app, "stop-press", early.edition_id)

    assert "not frozen yet" in str(result.exception)


def test_a_cancelled_edition_is_said_to_be_cancelled(
    run: Run, runtime: Runtime, clock: FakeClock
) -> None:
    early = an_issue(runtime.begin, clock, produced=False)
    with runtime.begin() as session:
        control.cancel(session, early.edition_id, now=clock())

    result = run(edition.app, "stop-press", early.edition_id)

    assert "is cancelled and was never frozen" in str(result.exception)
