"""What feeds do over weeks: sites move, servers are down, articles are corrected late.

Whatever happens, nothing is news twice, and nothing new is lost.
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from service.articles.feeds.store_items import PollResult
from service.boot import Runtime
from service.newsletters.tables import Newsletter
from tests.conftest import FakeClock
from tests.rooms.articles.conftest import Poll
from tests.rooms.articles.items import item

OLD, NEW = "https://courrier.example/?p={}", "https://www.courrier.example/articles/titre-{}"


def listed(dates: dict[int, datetime | None], *, address: str, guid: str = "") -> list[str]:
    return [
        item(n, link=address.format(n), guid=(guid or address).format(n), at=at)
        for n, at in dates.items()
    ]


def news(polled: PollResult) -> int:
    return polled.new - polled.archive


def days(clock: FakeClock, *ages: float) -> list[datetime]:
    return [clock() - timedelta(days=age) for age in ages]


@pytest.fixture
def known(ask: Poll, clock: FakeClock) -> dict[int, datetime | None]:
    """Articles of the last twelve days, each of which was news."""
    dates: dict[int, datetime | None] = {}
    for n in range(12):
        dates = {n: clock(), **dates}
        ask(*listed(dates, address=OLD))
        clock.advance(days=1)
    return dates


def horizon(runtime: Runtime, span: timedelta) -> None:
    with runtime.begin() as session:
        session.execute(update(Newsletter).values(horizon=span))


def test_a_site_that_moves_with_its_dates_sends_nothing_twice(
    ask: Poll, known: dict[int, datetime | None]
) -> None:
    archive = {100 + n: at - timedelta(days=60) for n, at in known.items() if at}

    moved = ask(*listed({**known, **archive}, address=NEW))

    assert news(moved) == 0
    assert moved.new == len(archive)


def test_a_site_that_loses_its_dates_as_it_moves_sends_nothing_twice(
    ask: Poll, known: dict[int, datetime | None]
) -> None:
    assert ask(*listed(dict.fromkeys(known), address=NEW)).new == 0


def test_a_site_that_dates_everything_anew_as_it_moves_sends_nothing_twice(
    ask: Poll, clock: FakeClock, known: dict[int, datetime | None]
) -> None:
    imported: dict[int, datetime | None] = {n: clock() - timedelta(minutes=n) for n in known}

    assert ask(*listed(imported, address=NEW)).new == 0


def test_what_is_new_on_the_day_of_a_move_is_news(
    ask: Poll, clock: FakeClock, known: dict[int, datetime | None]
) -> None:
    moved = ask(*listed({50: None, 51: None, **dict.fromkeys(known)}, address=NEW))

    assert news(moved) == 2


def test_columns_of_one_name_are_news_every_day(
    ask: Poll, clock: FakeClock, known: dict[int, datetime | None]
) -> None:
    def columns(day: int) -> list[str]:
        return [
            item(
                7,
                title=name,
                link=f"https://c.example/{name}-{day}",
                guid=f"{name}{day}",
                at=clock(),
            )
            for name in ("Météo", "Horoscope")
        ]

    for day in range(4):
        clock.advance(days=1)
        assert news(ask(*columns(day), *listed(known, address=OLD))) == 2


def test_a_move_to_https_and_www_sends_nothing_twice(
    ask: Poll, known: dict[int, datetime | None]
) -> None:
    assert ask(*listed(known, address="https://www.courrier.example/?p={}")).new == 0


@pytest.mark.parametrize("dated", [True, False])
def test_a_feed_that_was_down_for_three_days_loses_nothing(
    ask: Poll, clock: FakeClock, dated: bool
) -> None:
    first = {n: clock() - timedelta(hours=n) if dated else None for n in range(40, 20, -1)}
    ask(*listed(first, address=OLD))
    clock.advance(days=3)

    many = {n: clock() - timedelta(hours=n - 60) if dated else None for n in range(100, 60, -1)}

    assert news(ask(*listed(many, address=OLD))) == 40


def test_an_undated_item_in_the_middle_is_news_after_the_first_poll(ask: Poll) -> None:
    numbers = [9, 8, 7, 6, 5]
    assert news(ask(*listed(dict.fromkeys(numbers), address=OLD))) == 0

    polled = ask(*listed(dict.fromkeys([9, 8, 50, 7, 6, 5]), address=OLD))

    assert news(polled) == 1


def test_a_bare_day_is_news_until_it_is_over_under_a_horizon_of_a_day(
    ask: Poll, runtime: Runtime, clock: FakeClock
) -> None:
    ask(*listed({1: clock()}, address=OLD))
    horizon(runtime, timedelta(days=1))
    clock.advance(days=1, hours=18)
    midnight = (clock() + timedelta(hours=2)).replace(hour=0, minute=0, second=0)
    yesterday, before = midnight - timedelta(days=1), midnight - timedelta(days=2)

    polled = ask(*listed({3: yesterday, 2: before, 1: before}, address=OLD))

    assert news(polled) == 1


def test_an_article_that_is_corrected_ten_days_later_is_revised(
    ask: Poll, clock: FakeClock
) -> None:
    at = clock()
    ask(item(1, link="https://c.example/?p=1", guid="p1", at=at))
    clock.advance(days=10)

    corrected = ask(
        item(1, title="Le marché ouvre demain", link="https://c.example/demain", guid="p1", at=at)
    )

    assert (corrected.new, corrected.revised) == (0, 1)


def test_a_live_page_whose_guid_changes_every_hour_is_one_article(
    ask: Poll, clock: FakeClock
) -> None:
    at = clock()
    ask(*listed({n: at - timedelta(hours=n) for n in (1, 2, 3)}, address=OLD))
    live = "https://courrier.example/direct/pont"

    polled = [ask(item(9, link=live, guid=f"direct-{hour}", at=clock())) for hour in range(6)]

    assert sum(news(each) for each in polled) == 1


def test_a_sticky_article_is_news_once_and_hides_none_below_it(ask: Poll, clock: FakeClock) -> None:
    pinned = item(1, link=OLD.format(1), at=clock() - timedelta(days=40))
    ask(pinned, item(2, link=OLD.format(2), at=clock()))

    polled = [ask(pinned, *listed({n: clock(), 2: None}, address=OLD)) for n in range(3, 7)]

    assert [news(each) for each in polled] == [1, 1, 1, 1]


def test_an_edit_that_comes_to_the_top_of_an_undated_feed_is_no_news(ask: Poll) -> None:
    ask(*listed(dict.fromkeys((5, 4, 3, 2)), address=OLD))
    edited = item(3, title="Le marché numéro 3 ouvre enfin", link=OLD.format(3), at=None)

    polled = ask(edited, *listed(dict.fromkeys((5, 4, 2)), address=OLD))

    assert (polled.new, polled.revised) == (0, 1)


def test_an_article_of_the_future_is_news_once(ask: Poll, clock: FakeClock) -> None:
    ask(*listed({2: clock(), 1: clock()}, address=OLD))
    ahead: dict[int, datetime | None] = {3: clock() + timedelta(days=300), 2: clock(), 1: clock()}

    polled = [ask(*listed(ahead, address=OLD)) for _ in range(3)]

    assert [news(each) for each in polled] == [1, 0, 0]
