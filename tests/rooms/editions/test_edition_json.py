"""The coming edition as JSON, for scripts and publishers' systems."""

from datetime import time, timedelta

from service.editions import build, control, curate, drafts, edition_json, plan
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.proposal import propose
from service.kit.db import Begin
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def test_a_draft_says_when_it_goes_out_and_null_while_it_waits(
    begin: Begin, clock: FakeClock
) -> None:
    """A dashboard that shows a time for an edition that is held sends an editor to bed."""
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),), needs_approval=True)
        [draft] = drafts.open_drafts(session, now=clock())

        def told() -> tuple[object, object]:
            edition = get_edition(session, draft)
            newsletter = catalogue.get_by_id(session, edition.newsletter_id)
            found = edition_json.edition_to_json(edition, newsletter)
            return found["goes_out_at"], found["held"]

        assert told() == (None, False)
        control.approve(session, draft, now=clock())
        assert told() == ("2023-02-08T07:00:00+00:00", False)
        control.hold(session, draft, now=clock())
        assert told() == (None, True)


def test_a_rewritten_article_has_the_publishers_own_beside_it(
    begin: Begin, clock: FakeClock
) -> None:
    """Else a system cannot show what an editor has changed."""
    with begin() as session:
        a_newsletter(session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        seen = clock() - timedelta(minutes=1)
        article = an_article(session, "Sport", seen=seen, title="Un").id
        [draft] = drafts.open_drafts(session, now=clock())
        curate.rewrite(session, draft, article, {"title": "Autre"}, Editor(), now=clock())
        curate.write_text(session, draft, {"sign_off": "À demain"}, Editor(), now=clock())

        told = edition_json.proposal_to_json(propose(session, draft, now=clock()))
        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, draft, now=clock())
        build.freeze(session, draft, now=clock())
        frozen = edition_json.frozen_to_json(edition_articles(session, draft))

    [each] = told["articles"]
    assert (each["title"], each["publishers_title"]) == ("Autre", "Un")
    assert (each["publishers_summary"], each["pinned"], each["ordered"]) == (None, False, False)
    assert (told["texts"]["sign_off"], told["texts"]["subject"]) == ("À demain", "")
    assert [(each["id"], each["title"], each["section"]) for each in frozen] == [
        (article, "Autre", "Sport")
    ]
