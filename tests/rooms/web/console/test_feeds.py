"""A newsletter’s feeds in the console."""

import pytest
from sqlalchemy import select

from service.articles import find, section_rules
from service.articles.feeds import poll
from service.articles.placement import RuleField
from service.boot import Runtime
from service.jobs.outbox import OutboxRow
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.web.console.newsroom import find_newsletter
from tests.rooms.web.signed_in import an_operator


def test_a_feed_is_added_polled_and_paused(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    browser = an_operator(runtime)
    here = "/console/newsletters/le-matin/feeds"

    browser.post(here, data={"url": "https://courrier.example/rss", "section": "culture"})

    with runtime.begin() as session:
        (feed,) = find.list_feeds(session)
        assert feed.section_key == "culture"
        assert {"feed_id": feed.id} in session.scalars(
            select(OutboxRow.args).where(OutboxRow.job == "poll_feed")
        ).all()
    browser.post(f"{here}/{feed.id}/pause")
    with runtime.begin() as session:
        assert find.get_feed(session, feed.id).paused_at is not None
    assert "Reprendre" in browser.get(here).text
    browser.post(f"{here}/{feed.id}/resume")
    with runtime.begin() as session:
        assert find.get_feed(session, feed.id).paused_at is None
    newsletter_id = find_newsletter(runtime)
    assert audited(runtime.begin) == [
        ("feed.added", {"feed_id": feed.id, "newsletter_id": newsletter_id}),
        ("feed.pause", {"feed_id": feed.id}),
        ("feed.resume", {"feed_id": feed.id}),
    ]


def test_a_feed_is_removed_after_a_question(runtime: Runtime) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        url = "https://courrier.example/rss"
        feed_id = poll.add_feed(session, url, newsletter_id=newsletter.id, now=runtime.clock())
    browser = an_operator(runtime)
    here = "/console/newsletters/le-matin/feeds"

    listed = browser.get(here).text
    asked = browser.get(f"{here}/{feed_id}/remove")
    with runtime.begin() as session:
        assert [feed.id for feed in find.list_feeds(session)] == [feed_id]
    done = browser.post(f"{here}/{feed_id}/remove")

    assert f'href="{here}/{feed_id}/remove"' in listed
    assert "Retirer ce flux" in asked.text
    assert done.status_code == 303
    with runtime.begin() as session:
        assert find.list_feeds(session) == []
    assert audited(runtime.begin) == [
        ("feed.removed", {"url": url, "newsletter_id": newsletter.id})
    ]
    assert f'Flux retiré <span class="sub">{url}' in browser.get("/console/journal").text


def test_a_feed_that_a_rule_names_is_kept_until_the_rule_is_gone(runtime: Runtime) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        feed_id = poll.add_feed(
            session, "https://a.example/rss", newsletter_id=newsletter.id, now=runtime.clock()
        )
        section_rules.add_rule(
            session, newsletter, field=RuleField.FEED, pattern=str(feed_id), section=None
        )
    browser = an_operator(runtime)

    answers = [
        ask(f"/console/newsletters/le-matin/feeds/{feed_id}/remove")
        for ask in (browser.get, browser.post)
    ]

    for answer in answers:
        assert f"Une règle de rubrique nomme le flux n° {feed_id}" in answer.text
        assert '<button class="quiet bad"' not in answer.text
    with runtime.begin() as session:
        assert len(find.list_feeds(session)) == 1


@pytest.mark.parametrize(
    "url", ["", "courrier", "ftp://courrier.example/rss", "file:///etc/passwd"]
)
def test_a_feed_that_is_no_web_address_is_refused_and_kept(runtime: Runtime, url: str) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    answer = an_operator(runtime).post("/console/newsletters/le-matin/feeds", data={"url": url})

    assert answer.status_code == 422
    assert "Ce n’est pas une adresse web" in answer.text
    assert f'value="{url}"' in answer.text


def test_another_newsletters_feed_is_out_of_reach(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
        other = a_newsletter(session, now=runtime.clock(), slug="le-soir")
        feed_id = poll.add_feed(
            session, "https://a.example/rss", newsletter_id=other.id, now=runtime.clock()
        )

    browser = an_operator(runtime)
    here = f"/console/newsletters/le-matin/feeds/{feed_id}"

    assert browser.post(f"{here}/pause").status_code == 404
    assert browser.get(f"{here}/remove").status_code == 404
    assert browser.post(f"{here}/remove").status_code == 404
