"""One piece, or what editors chose: whole, for every reader, and not again in a digest."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.tables import Delivery
from service.editions import build, curate, drafts, manual, plan
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import slot_at
from service.rendering.render_edition import find_variant, render_edition
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
BODY = ["Premier paragraphe.", "Deuxième paragraphe."]


def test_one_piece_is_the_whole_issue_for_every_reader(begin: Begin, clock: FakeClock) -> None:
    """Also for a weekly reader, and for one who chose other sections."""
    with begin() as session:
        paper = a_newsletter(
            session, "Politique", "Sport", now=clock(), times=(time(7),), days=EVERY_DAY,
            weekly_at=time(9),
        )  # fmt: skip
        sport = a_reader(session, paper, now=clock(), mask=0b10)
        weekly = a_reader(session, paper, now=clock())
        weekly.frequency = Frequency.WEEKLY
        article = an_article(
            session, "Politique", seen=clock() - timedelta(days=9), title="Enquête", body=BODY
        ).id
        draft_id = manual.create_manually(session, paper.id, EditionKind.PIECE, now=clock())
        curate.pin(session, draft_id, article, Editor(), now=clock())
        plan.send_draft(session, draft_id, now=clock.advance(minutes=1))
        build.select_articles(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        enrol_next_chunk(session, draft_id, now=clock())
        readers = {sport.subscriber_id, weekly.subscriber_id}
    render_edition(begin, draft_id, public_url="https://news.example", now=clock())

    with begin() as session:
        rows = session.execute(select(Delivery.subscriber_id, Delivery.mask)).all()
        sent = find_variant(session, draft_id, rows[0].mask).rendered
    assert {row.subscriber_id for row in rows} == readers
    assert sent.subject == "Enquête"
    for paragraph in BODY:
        assert paragraph in sent.html
        assert paragraph in sent.text


def test_a_digest_does_not_repeat_what_went_to_everybody(begin: Begin, clock: FakeClock) -> None:
    """Unless an editor pins it."""
    with begin() as session:
        paper = a_newsletter(
            session, "Sport", now=clock(), days=EVERY_DAY, times=(time(7), time(9))
        )
        seen = clock() - timedelta(minutes=5)
        sent, other = (an_article(session, "Sport", seen=seen).id for _ in range(2))
        draft_id = manual.create_manually(session, paper.id, EditionKind.CHOSEN, now=clock())
        curate.pin(session, draft_id, sent, Editor(), now=clock())
        plan.send_draft(session, draft_id, now=clock())
        build.select_articles(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        [digest] = plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, digest, now=clock())

        assert [each.article.id for each in edition_articles(session, digest)] == [other]

        [coming] = drafts.open_drafts(session, now=clock())
        curate.pin(session, coming, sent, Editor(), now=clock())
        plan.plan_due(session, now=clock.advance(hours=2))
        build.select_articles(session, coming, now=clock())
        assert [each.article.id for each in edition_articles(session, coming)] == [sent]


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
