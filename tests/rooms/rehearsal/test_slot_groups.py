"""Many slots without anything new are one line, and a slot that is sent is never folded."""

from datetime import time, timedelta

from service.kit.db import Begin
from service.newsletters.schedule import times_every
from service.rehearsal.slot_groups import group_slots
from tests.builders import a_reader
from tests.rooms.rehearsal.one_week import NOW, a_paper, news_of_a_week, rehearsed


def test_a_day_of_a_newsletter_of_every_ten_minutes_is_a_few_lines(begin: Begin) -> None:
    """What comes at 13:00 goes out at 13:10; before and after it nothing is new.

    What came yesterday goes out late, because the slot of 12:00 has no edition yet.
    """
    paper = a_paper(begin, times=tuple(times_every(10)))
    news_of_a_week(begin)
    with begin() as session:
        a_reader(session, paper, now=NOW)
    editions = rehearsed(begin, days=1, most_rendered=0).editions

    groups = group_slots(editions)

    shown = [(len(each.editions), str(each.first.slot.local_time)) for each in groups]
    assert shown == [
        (1, "12:00:00"),
        (6, "12:10:00"),
        (1, "13:10:00"),
        (64, "13:20:00"),
        (73, "00:00:00"),
    ]
    assert groups[1].last.slot.local_time == time(13)
    assert [each for group in groups for each in group.editions] == editions


def test_two_newsletters_are_folded_apart_and_few_slots_not_at_all(begin: Begin) -> None:
    for slug in ("le-matin", "le-soir"):
        a_paper(begin, slug=slug, times=(time(7), time(8)))

    editions = rehearsed(begin, days=2).editions
    groups = group_slots(editions)

    assert [len(each.editions) for each in groups] == [1] * 8
    instants = [each.first.slot.instant for each in groups]
    assert instants == sorted(instants)
    assert instants[-1] - instants[0] == timedelta(hours=25)
