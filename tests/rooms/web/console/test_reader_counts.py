"""Numbers of readers on the console: as they are while few, as they were counted when many."""

import pytest
from sqlalchemy import update

from service.audience import count_subscribers
from service.audience.tables import StoredSubscriberCounts
from service.boot import Runtime
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.rooms.web.console.test_pages import counting
from tests.rooms.web.signed_in import an_operator

PAGES = {
    "/console": "<b>{}</b>",
    "/console/newsletters": '<td class="number">{}</td>',
    "/console/newsletters/le-matin": "<b>{}</b> active readers",
    "/console/newsletters/le-matin/send": "at most {} active readers",
    "/console/readers?newsletter=le-matin": "<b>{}</b> active readers",
}


def that_count(statements: list[str]) -> list[str]:
    """Those that look at all subscriptions."""
    return [each for each in statements if "FROM subscription" in each and "count(" in each]


def two_counted_and_one_more(runtime: Runtime, clock: FakeClock, *, subscriptions: int) -> None:
    """Two readers when it was counted, a third since; `subscriptions` is what the count says."""
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", "Sport", now=clock())
        a_reader(session, newsletter, now=clock(), mask=0b10)
        a_reader(session, newsletter, now=clock())
        assert count_subscribers.refresh_counts(session, now=clock())
        session.execute(update(StoredSubscriberCounts).values(subscriptions=subscriptions))
        a_reader(session, newsletter, now=clock())
    clock.advance(seconds=40)


@pytest.mark.parametrize(("address", "said"), PAGES.items())
def test_many_readers_are_shown_as_they_were_counted_and_nobody_counts_them_again(
    runtime: Runtime, clock: FakeClock, address: str, said: str
) -> None:
    two_counted_and_one_more(runtime, clock, subscriptions=count_subscribers.LARGE_AUDIENCE)
    browser = an_operator(runtime, locale="en")

    with counting(runtime) as statements:
        page = browser.get(address).text

    assert "Readers counted 40 seconds ago." in page
    assert said.format(2) in page
    assert said.format(3) not in page
    assert that_count(statements) == []


@pytest.mark.parametrize(("address", "said"), PAGES.items())
def test_few_readers_are_counted_at_once(
    runtime: Runtime, clock: FakeClock, address: str, said: str
) -> None:
    two_counted_and_one_more(runtime, clock, subscriptions=count_subscribers.LARGE_AUDIENCE - 1)
    browser = an_operator(runtime, locale="en")

    with counting(runtime) as statements:
        page = browser.get(address).text

    assert "Readers counted" not in page
    assert said.format(3) in page
    assert len(that_count(statements)) == 1


def test_sections_are_told_as_they_were_counted(runtime: Runtime, clock: FakeClock) -> None:
    two_counted_and_one_more(runtime, clock, subscriptions=count_subscribers.LARGE_AUDIENCE)

    page = an_operator(runtime).get("/console/readers?newsletter=le-matin").text
    politics, sport = page.split('<table class="counts">')[1].split("</tr>")[1:3]

    assert "Politique" in politics
    assert '<td class="number">1</td>' in politics
    assert '<td class="number">2</td>' in sport
    assert "Lecteurs comptés il y a 40 secondes." in page


def test_a_newsletter_that_is_younger_than_the_count_has_nobody_yet(
    runtime: Runtime, clock: FakeClock
) -> None:
    two_counted_and_one_more(runtime, clock, subscriptions=count_subscribers.LARGE_AUDIENCE)
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=clock(), slug="le-soir"), now=clock())

    page = an_operator(runtime, locale="en").get("/console/newsletters/le-soir")

    assert page.status_code == 200
    assert "<b>0</b> active readers" in page.text


def test_the_list_of_all_readers_counts_nobody(runtime: Runtime, clock: FakeClock) -> None:
    two_counted_and_one_more(runtime, clock, subscriptions=0)
    browser = an_operator(runtime)

    with counting(runtime) as statements:
        assert browser.get("/console/readers").status_code == 200

    assert that_count(statements) == []
