"""One piece, or what editors chose: whole, for every reader, and not again in a digest."""

from datetime import time, timedelta

from sqlalchemy import select

from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.tables import Delivery
from service.editions import build, curate, drafts, manual, plan
from service.editions.curate import Editor
from service.editions.find import edition_articles, series_editions
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.newsletters.frequency import Frequency
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


def test_the_archive_has_what_went_to_everybody(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Sport", now=clock())
        article = an_article(session, "Sport", seen=clock()).id
        draft_id = manual.create_manually(session, paper.id, EditionKind.PIECE, now=clock())
        curate.pin(session, draft_id, article, Editor(), now=clock())
        plan.send_draft(session, draft_id, now=clock())
        build.select_articles(session, draft_id, now=clock())

        found = series_editions(session, paper.id, Frequency.EACH, states=[EditionState.SELECTED])

        assert [each.id for each in found] == [draft_id]
