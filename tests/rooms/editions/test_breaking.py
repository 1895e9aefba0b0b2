"""What is breaking: by the publisher's word, by a rule, or because an operator says so."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from service.articles import section_rules
from service.articles.placement import RuleField
from service.editions import build
from service.editions.alert import AlertAuthor, AlertState
from service.editions.breaking import alert_article, alert_breaking
from service.editions.lifecycle import EditionState
from service.editions.tables import AlertedArticle, Edition
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, NotFound
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

HAND = AlertAuthor(origin="hand", is_approved=True)


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


def a_paper(session: Session, clock: FakeClock, **changes: Any) -> NewsletterDetails:
    return a_newsletter(
        session, "Politique", "Sport", now=clock(), **({"offers_alerts": True} | changes)
    )


def breaking_rule(
    session: Session, paper: NewsletterDetails, pattern: str, section: str | None = None
) -> None:
    section_rules.add_rule(
        session, paper, field=RuleField.TAG, pattern=pattern, section=section, is_breaking=True
    )


def test_what_the_publisher_calls_breaking_alerts_each_newsletter_that_takes_it(
    session: Session, clock: FakeClock
) -> None:
    """One has no section for it, one offers no alerts, one is in another language."""
    paper = a_paper(session, clock)
    a_newsletter(session, "Culture", now=clock(), slug="culture", offers_alerts=True)
    a_paper(session, clock, slug="silent", offers_alerts=False)
    a_paper(session, clock, slug="english", locale="en")
    article = an_article(session, "Sport", seen=clock()).id

    alerts = alert_breaking(session, declared=[article], now=clock())

    assert [each.newsletter_id for each in alerts] == [paper.id]


def test_a_rule_calls_breaking_what_is_new_and_places_it_where_it_belongs(
    session: Session, clock: FakeClock
) -> None:
    """A rule without a section says nothing about where an article stands."""
    paper = a_paper(session, clock)
    breaking_rule(session, paper, "urgent")
    urgent = an_article(session, "Sport", seen=clock(), tags=["Urgent"]).id
    other = an_article(session, "Sport", seen=clock()).id

    [made] = alert_breaking(session, new=[urgent, other], now=clock())

    assert session.scalars(select(AlertedArticle.article_id)).all() == [urgent]
    assert made.state is AlertState.NOW


def test_a_rule_may_place_and_alert(session: Session, clock: FakeClock) -> None:
    paper = a_paper(session, clock)
    breaking_rule(session, paper, "finale", section="Sport")
    article = an_article(session, "Divers", seen=clock(), tags=["finale"]).id

    assert len(alert_breaking(session, new=[article], now=clock())) == 1


def test_a_rule_that_leaves_an_article_out_leaves_it_out_of_alerts(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock)
    section_rules.add_rule(session, paper, field=RuleField.TAG, pattern="pub", section=None)
    article = an_article(session, "Sport", seen=clock(), tags=["pub"]).id

    assert alert_breaking(session, declared=[article], now=clock()) == []


def test_two_rules_may_match_the_same_if_one_places_and_one_alerts(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock)
    breaking_rule(session, paper, "urgent")
    section_rules.add_rule(session, paper, field=RuleField.TAG, pattern="urgent", section="Sport")

    with pytest.raises(Conflict):
        breaking_rule(session, paper, "urgent")


@pytest.mark.parametrize(
    "changes",
    [
        {"backlog": True},
        {"published_at": timedelta(hours=-4)},
        {"seen": timedelta(hours=-4)},
        {"withdrawn_at": timedelta(0)},
    ],
)
def test_what_is_old_or_gone_alerts_no_reader(
    session: Session, clock: FakeClock, changes: dict[str, Any]
) -> None:
    """A publisher that imports an archive, all of it breaking, wakes no reader."""
    a_paper(session, clock)
    values = {
        name: clock() + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    article = an_article(session, "Sport", **({"seen": clock()} | values)).id

    assert alert_breaking(session, declared=[article], now=clock()) == []


def test_an_event_that_comes_again_alerts_no_reader_again(
    session: Session, clock: FakeClock
) -> None:
    a_paper(session, clock)
    article = an_article(session, "Sport", seen=clock()).id

    assert len(alert_breaking(session, declared=[article], now=clock())) == 1
    clock.advance(minutes=10)
    assert alert_breaking(session, new=[article], declared=[article], now=clock()) == []
    assert session.scalar(select(func.count()).select_from(Edition)) == 1


def test_an_operator_alerts_of_an_article_of_any_age_once(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock)
    article = an_article(session, "Sport", seen=clock() - timedelta(days=2)).id

    assert alert_article(session, paper, article, HAND, now=clock()).state is AlertState.NOW
    with pytest.raises(Conflict, match="has made an alert already: edition 1"):
        alert_article(session, paper, article, HAND, now=clock())


def test_an_operator_is_told_what_is_missing(session: Session, clock: FakeClock) -> None:
    silent = a_paper(session, clock, offers_alerts=False, name="Le Soir")
    paper = a_paper(session, clock, slug="autre", name="Le Midi")
    article = an_article(session, "Divers", seen=clock()).id

    with pytest.raises(Conflict, match="“Le Soir” offers its readers no alerts"):
        alert_article(session, silent, article, HAND, now=clock())
    with pytest.raises(Conflict, match="“Le Midi” has no section for article"):
        alert_article(session, paper, article, HAND, now=clock())


def test_what_there_is_not_and_what_is_withdrawn_makes_no_alert(
    session: Session, clock: FakeClock
) -> None:
    paper = a_paper(session, clock)
    gone = an_article(session, "Sport", seen=clock(), withdrawn_at=clock())

    with pytest.raises(NotFound, match="There is no article 99999"):
        alert_article(session, paper, 99999, HAND, now=clock())
    with pytest.raises(Conflict, match=f"Article {gone.id} is withdrawn"):
        alert_article(session, paper, gone.id, HAND, now=clock())


@pytest.mark.parametrize("is_selected", [False, True])
def test_an_alert_of_a_newsletter_that_offers_none_any_more_is_not_sent(
    session: Session, clock: FakeClock, *, is_selected: bool
) -> None:
    paper = a_paper(session, clock)
    article = an_article(session, "Sport", seen=clock()).id
    made = alert_article(session, paper, article, HAND, now=clock())
    if is_selected:
        build.select_articles(session, made.edition_id, now=clock())
    draft = replace(catalogue.draft_of(paper), offers_alerts=False)
    catalogue.edit(session, paper.slug, draft, now=clock())

    step = build.freeze if is_selected else build.select_articles
    state = step(session, made.edition_id, now=clock())

    note = session.get_one(Edition, made.edition_id).note
    assert (state, note and note.key) == (EditionState.SKIPPED, "edition.alert.turned_off")
