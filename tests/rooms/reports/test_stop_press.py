"""Which editions an article is in, and what its withdrawal does to each."""

from datetime import timedelta

from service.delivery.workflow import advance
from service.editions import control, plan
from service.editions.find import edition_articles
from service.kit.db import Begin
from service.reports.stop_press import concerned_editions
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import POST, SECTIONS, an_issue, send, send_deps
from tests.rooms.delivery.sending.test_revision import some_first


def test_every_frozen_edition_is_concerned_whatever_its_newsletter_and_state(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with Relay(some_first) as relay:
        send(issue, send_deps(begin, clock, relay.url))
    with begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)
        other = a_newsletter(session, *SECTIONS, now=clock.now, slug="le-soir", name="Le Soir")
        a_reader(session, other, now=clock.now, address="soir@example.org")
        frozen = plan.plan_now(session, other.id, now=clock.now).id
        held = plan.plan_now(session, other.id, now=clock.now + timedelta(1), held=True).id
    for edition_id in (frozen, held):
        advance.advance_edition(begin, edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        article = edition_articles(session, issue.edition_id)[0].article.id
        found = concerned_editions(session, article)

    assert [each.as_dict() for each in found] == [
        {
            "edition": frozen,
            "newsletter": "Le Soir",
            "state": "sending",
            "paused": False,
            "readers": 1,
            "handed_over": 0,
            "waiting": 1,
        },
        {
            "edition": issue.edition_id,
            "newsletter": "Le Matin",
            "state": "sending",
            "paused": True,
            "readers": 3,
            "handed_over": 1,
            "waiting": 2,
        },
    ]
    assert [each.is_going for each in found] == [True, False]


def test_nobody_waits_for_an_edition_that_has_ended(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
        article = edition_articles(session, issue.edition_id)[0].article.id
        (found,) = concerned_editions(session, article)

    assert (found.waiting, found.candidates, found.is_going) == (0, 3, False)
