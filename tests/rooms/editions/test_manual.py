"""Editions outside of the schedule: begun by an editor, sent by one, or at a time."""

from datetime import time, timedelta

import pytest

from service.editions import build, control, curate, drafts, manual, plan
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.newsletters.schedule import slot_at
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock


def test_a_manual_edition_goes_out_at_its_time(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock())
        zone = load_zone(paper.time_zone)
        at = slot_at(clock().date(), time(10), zone)
        article = an_article(session, "Ailleurs", seen=clock()).id
        draft_id = manual.create_manually(session, paper.id, EditionKind.CHOSEN, now=clock(), at=at)
        curate.pin(session, draft_id, article, Editor(), now=clock())

        assert plan.plan_due(session, now=clock.advance(hours=3)) == []
        assert drafts.open_drafts(session, now=clock()) == []
        assert plan.plan_due(session, now=clock.advance(hours=1, minutes=1)) == [draft_id]
        build.select_articles(session, draft_id, now=clock())
        assert [each.section.name for each in edition_articles(session, draft_id)] == ["Sport"]


def test_without_a_time_it_waits_for_an_editor(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock())
        draft_id = manual.create_manually(session, paper.id, EditionKind.CHOSEN, now=clock())

        assert plan.plan_due(session, now=clock.advance(days=3)) == []
        control.approve(session, draft_id, now=clock())
        assert plan.plan_due(session, now=clock()) == [], "approved, and still without a time"

        at = slot_at(clock().date() + timedelta(days=1), time(7), load_zone(paper.time_zone))
        manual.reschedule(session, draft_id, at, now=clock())
        assert plan.plan_due(session, now=clock.advance(days=2)) == [draft_id]
        assert get_edition(session, draft_id).state is EditionState.PLANNED


def test_a_time_that_has_passed_is_refused(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, now=clock())
        past = slot_at(clock().date() - timedelta(days=1), time(7), load_zone(paper.time_zone))

        with pytest.raises(Invalid, match="no time to come"):
            manual.create_manually(session, paper.id, EditionKind.PIECE, now=clock(), at=past)
        with pytest.raises(Invalid, match="schedule"):
            manual.create_manually(session, paper.id, EditionKind.DIGEST, now=clock())
