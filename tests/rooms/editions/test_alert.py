"""Alerts: at once, merged, capped, and each article in one of them at most."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.editions import build, control, curate, lapse, manual, plan
from service.editions.alert import Alert, AlertAuthor, AlertState, make_alert, preview_alert
from service.editions.alert_timing import MAX_ARTICLES
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.tables import AlertedArticle
from service.jobs.catalogue import BUILD_EDITION
from service.jobs.outbox import OutboxRow
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, Invalid
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


HAND = AlertAuthor(origin="hand", is_approved=True)


def a_paper(session: Session, clock: FakeClock, **changes: Any) -> NewsletterDetails:
    return a_newsletter(
        session, "Politique", "Sport", now=clock(), **({"offers_alerts": True} | changes)
    )


def alert(
    session: Session,
    paper: NewsletterDetails,
    clock: FakeClock,
    *,
    count: int = 1,
    author: AlertAuthor | None = None,
) -> Alert:
    """Make the alert of some new articles."""
    ids = [an_article(session, "Politique", seen=clock()).id for _ in range(count)]
    made = make_alert(session, paper, ids, author or AlertAuthor(), now=clock())
    assert made is not None
    return made


def articles_in(session: Session, edition_id: int) -> int:
    return len(edition_articles(session, edition_id))


def test_the_first_alert_is_built_at_once(session: Session, clock: FakeClock) -> None:
    """Its job message is in the same transaction: nothing waits for a tick."""
    paper = a_paper(session, clock)

    made = alert(session, paper, clock)

    assert (made.state, made.at) == (AlertState.NOW, clock())
    found = get_edition(session, made.edition_id)
    assert (found.kind, found.state, found.frequency) == ("alert", "planned", None)
    jobs = session.execute(select(OutboxRow.job, OutboxRow.args)).all()
    assert jobs == [(BUILD_EDITION.name, {"edition_id": made.edition_id})]
    build.select_articles(session, made.edition_id, now=clock())
    assert articles_in(session, made.edition_id) == 1


def test_what_follows_within_minutes_goes_out_together_at_their_end(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock, alerts_merge_minutes=5)
    first = alert(session, paper, clock)

    clock.advance(minutes=2)
    second = alert(session, paper, clock)
    clock.advance(minutes=1)
    third = alert(session, paper, clock)

    assert second.edition_id == third.edition_id != first.edition_id
    assert (second.state, third.at) == (AlertState.LATER, clock() + timedelta(minutes=2))
    assert manual.plan_due_drafts(session, now=clock.advance(minutes=1)) == []
    assert manual.plan_due_drafts(session, now=clock.advance(minutes=1)) == [second.edition_id]
    build.select_articles(session, second.edition_id, now=clock())
    assert articles_in(session, second.edition_id) == 2


def test_a_draft_of_merged_alerts_can_be_curated_and_sent(
    session: Session, clock: FakeClock
) -> None:
    """An editor sees what is coming, and need not wait."""
    paper = a_paper(session, clock)
    alert(session, paper, clock)
    merged = alert(session, paper, clock, count=2)
    dropped = an_article(session, "Politique", seen=clock()).id
    make_alert(session, paper, [dropped], AlertAuthor(), now=clock())

    curate.drop(session, merged.edition_id, dropped, Editor(), now=clock())
    plan.send_draft(session, merged.edition_id, now=clock.advance(minutes=1))
    build.select_articles(session, merged.edition_id, now=clock())

    assert articles_in(session, merged.edition_id) == 2


def test_nothing_merges_where_the_newsletter_says_so(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock, alerts_merge_minutes=0)

    assert [alert(session, paper, clock).state for _ in range(3)] == [AlertState.NOW] * 3


def test_more_than_the_day_may_have_is_held_together_and_says_why(
    session: Session, clock: FakeClock
) -> None:
    """A feed that calls everything breaking costs an operator one look, and readers nothing."""
    paper = a_paper(session, clock, alerts_per_day=2, alerts_merge_minutes=0)
    alert(session, paper, clock)
    alert(session, paper, clock)

    held = [alert(session, paper, clock) for _ in range(3)]

    assert {each.edition_id for each in held} == {held[0].edition_id}
    assert (held[0].state, held[0].at) == (AlertState.HELD, None)
    found = get_edition(session, held[0].edition_id)
    assert found.held_at is not None
    assert "limit of 2 alerts a day" in str(found.note)


def test_a_held_alert_goes_out_once_it_is_approved(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock, alerts_per_day=1, alerts_merge_minutes=0)
    alert(session, paper, clock)
    held = alert(session, paper, clock)
    build.select_articles(session, held.edition_id, now=clock())
    added = alert(session, paper, clock)
    assert added.edition_id == held.edition_id

    control.approve(session, held.edition_id, now=clock())

    assert build.freeze(session, held.edition_id, now=clock()) is EditionState.FROZEN
    assert articles_in(session, held.edition_id) == 2


def test_what_waits_for_a_person_is_no_alert_of_the_day_yet(
    session: Session, clock: FakeClock
) -> None:
    """A page that says “3 of 2” is not believed, and minutes count from when one goes out."""
    paper = a_paper(session, clock, alerts_per_day=1, alerts_merge_minutes=0)
    alert(session, paper, clock)
    held = alert(session, paper, clock)

    waiting = preview_alert(session, paper, now=clock())
    build.select_articles(session, held.edition_id, now=clock())
    control.approve(session, held.edition_id, now=clock())
    build.freeze(session, held.edition_id, now=clock())
    sent = preview_alert(session, paper, now=clock())

    assert (waiting.state, waiting.today) == (AlertState.HELD, 1)
    assert (sent.state, sent.today) == (AlertState.HELD, 2)


def test_a_held_alert_lapses_with_its_news(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock, alerts_per_day=1, alerts_merge_minutes=0)
    alert(session, paper, clock)
    held = alert(session, paper, clock)

    assert lapse.lapse_due(session, now=clock.advance(hours=25)) == [held.edition_id]


def test_another_day_has_alerts_of_its_own(session: Session, clock: FakeClock) -> None:
    """By the newsletter's clock: at six in the morning UTC it is noon in Dhaka."""
    paper = a_paper(
        session, clock, alerts_per_day=1, alerts_merge_minutes=0, time_zone="Asia/Dhaka"
    )
    alert(session, paper, clock)
    held = alert(session, paper, clock)

    clock.advance(hours=11, minutes=59)
    assert alert(session, paper, clock).edition_id == held.edition_id
    clock.advance(minutes=1)
    assert alert(session, paper, clock).state is AlertState.NOW


def test_a_cancelled_alert_counts_for_nothing(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock, alerts_per_day=1, alerts_merge_minutes=0)
    control.cancel(session, alert(session, paper, clock).edition_id, now=clock())

    assert alert(session, paper, clock).state is AlertState.NOW


def test_too_many_articles_at_a_time_are_held_for_a_person(
    session: Session, clock: FakeClock
) -> None:
    """Those without room make no alert, and stay in the next digest."""
    paper = a_paper(session, clock)

    made = alert(session, paper, clock, count=MAX_ARTICLES + 2)

    assert made.state is AlertState.HELD
    assert f"More than {MAX_ARTICLES} articles" in str(get_edition(session, made.edition_id).note)
    build.select_articles(session, made.edition_id, now=clock())
    assert articles_in(session, made.edition_id) == MAX_ARTICLES


def test_merging_too_many_articles_is_held_at_once(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock)
    alert(session, paper, clock)
    alert(session, paper, clock, count=MAX_ARTICLES)

    held = alert(session, paper, clock)

    assert held.state is AlertState.HELD
    assert get_edition(session, held.edition_id).state is EditionState.PLANNED


def test_an_article_makes_one_alert(session: Session, clock: FakeClock) -> None:
    """However often its event comes, and whatever becomes of the alert."""
    paper = a_paper(session, clock)
    article = an_article(session, "Politique", seen=clock()).id
    made = make_alert(session, paper, [article], AlertAuthor(), now=clock())
    assert made is not None

    assert make_alert(session, paper, [article], AlertAuthor(), now=clock()) is None
    control.cancel(session, made.edition_id, now=clock())
    assert make_alert(session, paper, [article], AlertAuthor(), now=clock()) is None

    again = make_alert(session, paper, [article], HAND, now=clock())
    assert again is not None
    alerted = session.scalars(select(AlertedArticle.edition_id)).all()
    assert alerted == [again.edition_id]


@pytest.mark.parametrize(
    ("author", "state"), [(AlertAuthor(), AlertState.HELD), (HAND, AlertState.NOW)]
)
def test_approval_is_asked_for_where_a_newsletter_wants_it(
    session: Session, clock: FakeClock, author: AlertAuthor, state: AlertState
) -> None:
    """What a person asks for is approved by that."""
    paper = a_paper(session, clock, needs_approval=True)

    assert alert(session, paper, clock, author=author).state is state


def test_a_second_editor_approves_the_alert_of_the_first(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock, needs_approval=True, needs_second_editor=True)
    author = AlertAuthor(origin="hand", operator_id=7, is_approved=True)

    made = alert(session, paper, clock, author=author)

    assert made.state is AlertState.HELD
    control.approve(session, made.edition_id, now=clock(), operator_id=8)


def test_who_adds_to_a_held_alert_does_not_approve_it_alone(
    session: Session, clock: FakeClock
) -> None:
    """An event began it; the operator is its last editor all the same."""
    paper = a_paper(session, clock, needs_approval=True, needs_second_editor=True)
    made = alert(session, paper, clock)
    author = AlertAuthor(origin="hand", operator_id=7, is_approved=True)

    added = alert(session, paper, clock, author=author)

    assert added.edition_id == made.edition_id
    with pytest.raises(Conflict):
        control.approve(session, made.edition_id, now=clock(), operator_id=7)
    control.approve(session, made.edition_id, now=clock(), operator_id=8)


def test_an_alert_whose_article_was_withdrawn_says_so(session: Session, clock: FakeClock) -> None:
    """A digest's sentence, that nothing is new, would be about something else."""
    paper = a_paper(session, clock)
    article = an_article(session, "Politique", seen=clock())
    made = make_alert(session, paper, [article.id], AlertAuthor(), now=clock())
    assert made is not None
    article.withdrawn_at = clock()

    build.select_articles(session, made.edition_id, now=clock())

    found = get_edition(session, made.edition_id)
    assert found.state is EditionState.SKIPPED
    assert str(found.note).startswith("Its articles were withdrawn")


def test_no_alert_is_made_as_an_editors_draft(session: Session, clock: FakeClock) -> None:
    """It would count for no day."""
    paper = a_paper(session, clock)

    with pytest.raises(Invalid):
        manual.create_manually(session, paper.id, EditionKind.ALERT, now=clock())
