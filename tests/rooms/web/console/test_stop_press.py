"""Stop press in the console: stop first, then see what will happen, then do it."""

import pytest

from service.accounts.roles import Role
from service.boot import Runtime
from service.delivery.leasing import leases
from service.delivery.workflow import advance
from service.editions.find import edition_articles, get_edition
from service.kit.translatable import translatable
from tests.audit_trail import audited
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import POST, Issue, an_issue, send, send_deps
from tests.rooms.delivery.sending.test_revision import some_first, take_back
from tests.rooms.delivery.workflow.test_correction import (
    a_correction,
    dispatch,
    revised_after_the_first,
)
from tests.rooms.web.signed_in import an_operator


@pytest.fixture
def issue(runtime: Runtime, clock: FakeClock) -> Issue:
    """An edition on its way: one of its three readers has it."""
    made = an_issue(runtime.begin, clock)
    with Relay(some_first) as relay:
        send(made, send_deps(runtime.begin, clock, relay.url))
    return made


def article_of(runtime: Runtime, issue: Issue, place: int = 0) -> int:
    with runtime.begin() as session:
        return edition_articles(session, issue.edition_id)[place].article.id


def test_one_press_on_the_editions_page_stops_it_and_leads_on(
    runtime: Runtime, issue: Issue
) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}"

    page = browser.get(here).text
    answer = browser.post(f"{here}/stop-press")
    shown = browser.get(answer.headers["location"]).text

    assert f'action="{here}/stop-press"' in page
    assert "Stop sending now" in page
    with runtime.begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is not None
    assert answer.headers["location"] == f"{here}/stop-press"
    assert "Sending has stopped" in shown
    assert "1 of 3 readers already have it." in shown
    assert "2 readers are waiting for it." in shown
    assert audited(runtime.begin) == [("edition.pause", {"edition_id": issue.edition_id})]


def test_looking_changes_nothing(runtime: Runtime, issue: Issue) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}/stop-press"
    article = article_of(runtime, issue)

    chosen = browser.get(here).text
    asked = browser.get(f"{here}/{article}").text

    assert f'href="{here}/{article}#withdraw"' in chosen
    assert "The other 2 get the edition with the change." in asked
    assert "Withdraw it from 1 edition" in asked
    with runtime.begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is None
    assert audited(runtime.begin) == []


def test_an_article_is_withdrawn_and_the_page_tells_who_has_which_version(
    runtime: Runtime, issue: Issue
) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}"
    article = article_of(runtime, issue)

    answer = browser.post(f"{here}/stop-press/{article}", data={"act": "withdraw"})
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=runtime.clock, public_url=POST.public_url
    )
    shown = browser.get(answer.headers["location"]).text
    page = " ".join(browser.get(here).text.split())

    assert "The article is withdrawn." in shown
    assert "Who got which version" in page
    assert "Version 1" in page
    assert "1 article was withdrawn" in page
    assert audited(runtime.begin) == [
        ("article.withdrawn", {"article_id": article, "edition_id": issue.edition_id})
    ]


def test_an_article_is_corrected_once_its_words_are_right(runtime: Runtime, issue: Issue) -> None:
    browser = an_operator(runtime, locale="en")
    article = article_of(runtime, issue)
    here = f"/console/editions/{issue.edition_id}/stop-press"
    words = {"act": "correct", "title": "Le titre exact", "summary": "Exact."}

    empty = browser.post(f"{here}/{article}", data={**words, "title": ""})
    answer = browser.post(f"{here}/{article}", data=words)
    again = browser.post(f"{here}/{article}", data=words)

    assert empty.status_code == 422
    assert 'value=""' in empty.text
    assert "Exact." in empty.text
    assert answer.headers["location"] == here
    assert again.headers["location"] == f"{here}/{article}"
    with runtime.begin() as session:
        corrected = edition_articles(session, issue.edition_id)[0].article
    assert (corrected.title, corrected.summary) == ("Le titre exact", "Exact.")
    assert audited(runtime.begin) == [
        ("article.corrected", {"article_id": article, "edition_id": issue.edition_id})
    ]


def test_what_was_typed_is_shown_again_in_the_other_language(
    runtime: Runtime, issue: Issue
) -> None:
    browser = an_operator(runtime, locale="en")
    article = article_of(runtime, issue)

    answer = browser.post(
        f"/console/editions/{issue.edition_id}/stop-press/{article}",
        data={"act": "correct", "title": "À moitié", "summary": "", "speak": "fr"},
    )

    assert 'value="À moitié"' in answer.text
    assert "Ce qui va se passer" in answer.text


def test_viewers_see_no_button_and_are_refused(runtime: Runtime, issue: Issue) -> None:
    viewer = an_operator(runtime, Role.VIEWER, locale="en")
    here = f"/console/editions/{issue.edition_id}"

    page = viewer.get(here).text
    answers = [
        viewer.get(f"{here}/stop-press"),
        viewer.post(f"{here}/stop-press"),
        viewer.post(f"{here}/stop-press/{article_of(runtime, issue)}", data={"act": "withdraw"}),
    ]

    assert "stop-press" not in page
    assert [each.status_code for each in answers] == [403] * 3


def test_an_article_of_another_edition_is_unknown_here(runtime: Runtime, issue: Issue) -> None:
    browser = an_operator(runtime)

    answer = browser.post(
        f"/console/editions/{issue.edition_id}/stop-press/987654", data={"act": "withdraw"}
    )

    assert answer.status_code == 404


def test_what_is_paused_or_not_frozen_cannot_be_stopped(
    runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    browser = an_operator(runtime, locale="en")
    early = an_issue(runtime.begin, clock, produced=False)
    here = f"/console/editions/{issue.edition_id}/stop-press"
    browser.post(here)

    again = browser.get(browser.post(here).headers["location"]).text
    shown = browser.get(f"/console/editions/{early.edition_id}/stop-press")

    paused = translatable("edition.conflict.paused_already", edition=str(issue.edition_id))
    assert str(paused) in again
    assert shown.headers["location"] == f"/console/editions/{early.edition_id}/prepare"


def test_a_correction_is_begun_written_seen_and_sent(
    runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}"
    article = article_of(runtime, issue)
    none_yet = browser.post(f"{here}/corrections", data={"revision": "2"})
    browser.post(f"{here}/stop-press/{article}", data={"act": "withdraw"})
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=clock, public_url=POST.public_url
    )

    mistyped = browser.post(f"{here}/corrections", data={"revision": "abc"})
    offered = browser.get(f"{here}/stop-press").text
    begun = browser.post(f"{here}/corrections", data={"revision": "2"})
    letter = begun.headers["location"]
    page = " ".join(browser.get(letter).text.split())
    browser.post(
        f"{letter}/text",
        data={"version": "0", "subject": "Erratum", "introduction": "Nous avions tort."},
    )
    asked = " ".join(browser.get(f"{letter}/send").text.split())
    looks = browser.get(f"{letter.removesuffix('/prepare')}/rendition/0").text
    sent = browser.post(f"{letter}/send")
    listed = browser.get(f"{here}/stop-press").text

    assert none_yet.headers["location"] == f"{here}/stop-press"
    assert mistyped.headers["location"] == f"{here}/stop-press"
    assert "Choose which version to correct" in offered
    assert "Write a correction for version 2" in offered
    assert "<b>1</b> reader has the old version" in page
    assert "versions before 2" in page
    assert "Say what was wrong" in page
    assert "sponsor" not in page
    assert "<b>1</b> reader has the old version" in asked
    assert "Erratum" in asked
    assert "Nous avions tort." in looks
    assert sent.headers["location"] == letter.removesuffix("/prepare")
    assert letter.removesuffix("/prepare") in listed
    events = [event for event, _ in audited(runtime.begin)]
    assert events == [
        "article.withdrawn",
        "edition.correction_begun",
        "edition.text_written",
        "edition.sent_by_hand",
    ]


def test_another_edition_that_goes_out_with_the_article_is_stopped_from_the_same_page(
    runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    other = an_issue(runtime.begin, clock)
    browser = an_operator(runtime, locale="en")
    article = article_of(runtime, issue)

    page = browser.get(f"/console/editions/{issue.edition_id}/stop-press/{article}").text

    assert f'action="/console/editions/{other.edition_id}/stop-press"' in page
    assert page.count("already have it.") == 2


def test_the_page_of_a_correction_says_for_what_it_waits(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    deps = send_deps(runtime.begin, clock)
    wish = leases.ClaimRequest(
        edition_id=issue.edition_id, lease_for=deps.lease_for, allow_quarantined=False
    )
    with runtime.begin() as session:
        leases.claim_batch(session, wish, now=clock.now)
    take_back(runtime.begin, clock, issue, 0)
    correction = a_correction(runtime.begin, clock, issue)
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{correction.edition_id}"
    browser.post(f"{here}/prepare/send")

    page = browser.get(here).text

    assert "Messages of the old version are still being handed over." in page
    assert f'href="/console/editions/{issue.edition_id}">Edition {issue.edition_id}<' in page


def test_a_correction_has_no_stop_press_of_its_own(
    runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    correction = a_correction(runtime.begin, clock, revised_after_the_first(runtime.begin, clock))
    dispatch(runtime.begin, clock, correction)

    page = an_operator(runtime, locale="en").get(f"/console/editions/{correction.edition_id}").text

    assert "stop-press" not in page
    assert "Correction" in page
