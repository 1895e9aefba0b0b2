"""Dead links and broken pictures are warnings; what was not checked is said."""

from service.kit.db import Begin
from service.rehearsal.link_notes import with_links
from service.rehearsal.rehearsal_json import rehearsal_to_json
from service.rehearsal.rehearsed import CheckedLink, LinkStatus
from tests.rooms.rehearsal.one_week import a_paper, news_of_a_week, rehearsed

URL, IMAGE = "https://e.example/a", "https://e.example/i.jpg"
ALIVE = CheckedLink(status=LinkStatus.ALIVE)
NOT_CHECKED = CheckedLink(status=LinkStatus.NOT_CHECKED)


def said_of(begin: Begin, page: CheckedLink, picture: CheckedLink) -> list[tuple[str, bool]]:
    found = with_links(rehearsed(begin, days=1), {URL: page, IMAGE: picture})
    [edition] = found.editions
    return [
        (each.message.key, each.warns)
        for each in edition.notes
        if each.message.key.startswith("rehearsal.link")
    ]


def test_each_kind_of_trouble_has_its_note(begin: Begin) -> None:
    a_paper(begin)
    news_of_a_week(begin, url=URL, image_url=IMAGE)
    dead = CheckedLink(status=LinkStatus.DEAD)
    silent = CheckedLink(status=LinkStatus.UNREACHABLE)
    a_page = CheckedLink(status=LinkStatus.ALIVE, is_page=True)

    assert said_of(begin, dead, ALIVE) == [("rehearsal.link.dead", True)]
    assert said_of(begin, silent, ALIVE) == [("rehearsal.link.unreachable", True)]
    for broken in (dead, silent, a_page):
        assert said_of(begin, a_page, broken) == [("rehearsal.link.picture", True)]
    assert said_of(begin, NOT_CHECKED, NOT_CHECKED) == [("rehearsal.link.not_checked", False)]
    assert said_of(begin, a_page, ALIVE) == []


def test_programs_get_every_link_with_its_reason(begin: Begin) -> None:
    a_paper(begin)
    news_of_a_week(begin, url=URL)

    found = rehearsal_to_json(with_links(rehearsed(begin), {URL: NOT_CHECKED}))

    assert found["links"] == {
        URL: {"status": "not_checked", "why": None, "why_key": None, "why_params": None}
    }
