"""Counted links lead on, and count a visitor once."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from service.boot import Runtime
from service.delivery.workflow import subject_tests
from service.editions import control
from service.editions.subject_test_rules import FIRST, SECOND, Measure
from service.measurement.count_visit import PLACES_PER_NETWORK, purge_visits
from service.measurement.counted_links import wrapped_links
from service.measurement.counting_token import PIXEL, CountingToken, sign_counting_token
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue
from tests.subject_tests import a_tested_edition

ARTICLE = "https://journal.example.org/politique"
AWA, BEN = {"user-agent": "Mozilla/5.0 (Awa's)"}, {"user-agent": "Mozilla/5.0 (Ben's)"}


@pytest.fixture
def issue(runtime: Runtime, clock: FakeClock) -> Issue:
    return a_tested_edition(runtime.begin, clock)


def link_of(runtime: Runtime, issue: Issue, subject: int, url: str = ARTICLE) -> str:
    with runtime.begin() as session:
        return wrapped_links(
            session, issue.edition_id, subject=subject, keyring=runtime.keyring, public_url=""
        )[url]


def visits(runtime: Runtime, issue: Issue) -> tuple[int, int]:
    with runtime.begin() as session:
        first, second = subject_tests.current_figures(session, issue.edition_id)
    return first.events, second.events


def test_a_link_leads_to_the_article_and_counts_each_visitor_once(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    first, second = (link_of(runtime, issue, subject) for subject in (FIRST, SECOND))
    elsewhere = TestClient(
        browser.app,
        base_url=str(browser.base_url),
        client=("198.51.100.7", 50000),
        follow_redirects=False,
    )
    other = link_of(runtime, issue, FIRST, "https://journal.example.org/culture")

    answers = [
        browser.get(first, headers=AWA),
        browser.get(first, headers=AWA),
        browser.get(other, headers=AWA),
        elsewhere.get(first, headers=BEN),
        browser.get(second, headers=AWA),
    ]

    assert [(each.status_code, each.headers["location"]) for each in answers[:2]] == [
        (302, ARTICLE)
    ] * 2
    assert {each.headers["cache-control"] for each in answers} == {"no-store"}
    assert visits(runtime, issue) == (2, 1)


def test_a_stranger_of_one_network_counts_a_few_times_whatever_they_send(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    link = link_of(runtime, issue, SECOND)

    for number in range(90):
        browser.get(link, headers={"user-agent": f"Mozilla/5.0 ({number})"})

    assert visits(runtime, issue) == (0, PLACES_PER_NETWORK)


def test_what_is_kept_of_a_visitor_names_neither_address_nor_program(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    browser.get(link_of(runtime, issue, FIRST), headers=AWA)

    with runtime.begin() as session:
        [(kept,)] = session.execute(text("SELECT counted_visit::text FROM counted_visit"))
    assert "203.0.113" not in kept
    assert "Awa" not in kept


def test_a_head_a_scanner_and_a_prefetch_lead_on_without_counting(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    link = link_of(runtime, issue, FIRST)

    answers = [
        browser.head(link, headers=AWA),
        browser.get(link, headers={"user-agent": "curl/8"}),
        browser.get(link, headers={**AWA, "sec-purpose": "prefetch"}),
    ]

    assert [each.headers["location"] for each in answers] == [ARTICLE] * 3
    assert visits(runtime, issue) == (0, 0)


def test_a_link_with_a_changed_or_unknown_token_is_not_found(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    link = link_of(runtime, issue, FIRST)
    changed = link[:-1] + ("a" if link[-1] != "a" else "b")
    unknown = sign_counting_token(
        runtime.keyring, CountingToken(edition_id=issue.edition_id, subject=FIRST, number=99)
    )

    for path in (changed, "/l/", "/l/https://evil.example", f"/l/{unknown}", "/o/x.gif"):
        assert browser.get(path, headers=AWA).status_code == 404
    assert visits(runtime, issue) == (0, 0)


def test_text_behind_a_link_is_forgiven(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    answer = browser.get(link_of(runtime, issue, FIRST) + ").", headers=AWA)

    assert answer.headers["location"] == ARTICLE


def test_links_lead_on_after_the_test_and_count_nothing_more(
    browser: TestClient, runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    link = link_of(runtime, issue, FIRST)
    browser.get(link, headers=AWA)
    with runtime.begin() as session:
        subject_tests.decide(session, issue.edition_id, now=clock.now)
    clock.advance(days=400)

    assert browser.get(link, headers=BEN).headers["location"] == ARTICLE
    assert visits(runtime, issue) == (0, 0)


def test_a_reader_is_led_on_when_counting_would_take_long(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    link = link_of(runtime, issue, FIRST)
    with runtime.begin() as session:
        session.execute(text("LOCK TABLE counted_visit"))

        answer = browser.get(link, headers=AWA)

    assert answer.headers["location"] == ARTICLE
    assert visits(runtime, issue) == (0, 0)


def test_a_reader_is_led_on_when_counting_fails(
    browser: TestClient, runtime: Runtime, issue: Issue, plain_log: None
) -> None:
    with runtime.begin() as session:
        session.execute(text("ALTER TABLE counted_visit RENAME TO elsewhere"))

    answer = browser.get(link_of(runtime, issue, FIRST), headers=AWA)

    assert answer.headers["location"] == ARTICLE


def test_a_pixel_counts_only_where_opens_decide(
    browser: TestClient, runtime: Runtime, issue: Issue
) -> None:
    token = CountingToken(edition_id=issue.edition_id, subject=SECOND, number=PIXEL)
    path = f"/o/{sign_counting_token(runtime.keyring, token)}.gif"

    answer = browser.get(path, headers=AWA)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert visits(runtime, issue) == (0, 0)

    with runtime.begin() as session:
        session.execute(text("UPDATE subject_test SET measure = :to"), {"to": Measure.OPENS})
    browser.get(path, headers=AWA)
    assert visits(runtime, issue) == (0, 1)


def test_visits_of_a_test_that_runs_no_more_are_removed(
    browser: TestClient, runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    browser.get(link_of(runtime, issue, FIRST), headers=AWA)
    with runtime.begin() as session:
        purge_visits(session)
    assert visits(runtime, issue) == (1, 0)

    with runtime.begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
        purge_visits(session)
    assert visits(runtime, issue) == (1, 0)
    with runtime.begin() as session:
        subject_tests.keep_cancelled_figures(session)
        purge_visits(session)

    assert visits(runtime, issue) == (0, 0)
