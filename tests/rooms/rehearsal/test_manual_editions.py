"""What editors have made for a time goes whole to every reader."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from service.editions import curate
from service.editions.curate import Editor
from service.editions.kind import EditionKind
from service.editions.manual import create_manually
from service.kit.db import Begin
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import slot_of
from tests.builders import a_reader, an_article
from tests.rooms.rehearsal.one_week import DAY, NOW, a_paper, rehearsed, said


def test_a_piece_for_tomorrow_goes_to_all_series(begin: Begin) -> None:
    paper = a_paper(begin, days=(), times=(), needs_approval=True)
    with begin() as session:
        article = an_article(session, "Sport", seen=NOW - DAY, image_url="https://i.example/i.jpg")
        for number, days in enumerate((1, 9)):
            at = slot_of(NOW + timedelta(days=days), ZoneInfo("UTC"))
            edition_id = create_manually(session, paper.id, EditionKind.PIECE, now=NOW, at=at)
            if number == 0:
                curate.pin(session, edition_id, article.id, Editor(), now=NOW)
        a_reader(session, paper, now=NOW)
        a_reader(session, paper, now=NOW, frequency=Frequency.WEEKLY)

    [edition] = rehearsed(begin).editions

    assert [each.article_id for each in edition.articles] == [article.id]
    assert edition.readers == 2
    assert said(edition) == ["!rehearsal.needs_approval"]
    assert edition.size is not None
    assert edition.size.subject == article.title
