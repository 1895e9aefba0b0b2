"""The coming days in the console: by day, warnings first, and links when an editor asks."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest

from service.accounts.roles import Role
from service.boot import Runtime
from service.kit import fetch
from service.newsletters.schedule import times_every
from service.rehearsal import message_size
from service.rendering import render
from tests.builders import a_newsletter, a_reader, an_article
from tests.fakes.overheard import overheard
from tests.fakes.site import Site
from tests.rooms.web.signed_in import a_stranger, an_operator

HERE = "/console/rehearsal"
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.fixture
def site(runtime: Runtime) -> Iterator[Site]:
    """Two newsletters of every morning; one article came two days ago, whose page is gone."""
    now = runtime.clock()
    with Site() as running, runtime.begin() as session:
        for slug, name in (("le-matin", "Le Matin"), ("le-soir", "Le Soir")):
            paper = a_newsletter(
                session, "Sport", now=now, slug=slug, name=name, days=EVERY_DAY, times=(time(7),)
            )
            a_reader(session, paper, now=now)
        url = f"{running.url}/perdu"
        an_article(session, "Sport", seen=now - timedelta(days=2), title="Un <b>but</b>", url=url)
        session.commit()
        yield running


def test_warnings_come_first_and_lead_to_their_edition(runtime: Runtime, site: Site) -> None:
    page = an_operator(runtime).get(HERE).text

    first, day = page.index("départs à regarder"), page.index('id="d2023-02-09"')
    assert first < day
    anchor = "e-le-matin-each-2023-02-09-0700"
    assert page.index(f'href="#{anchor}"') < page.index(f'id="{anchor}"')
    assert page.count("Un &lt;b&gt;but&lt;/b&gt;") == 4
    assert "Partirait." in page
    assert "Rien de neuf dans aucune rubrique depuis la dernière édition" in page
    assert "UTC+00:00" in page
    assert "comme du mercredi 1" in page


def test_slots_are_counted_where_one_line_stands_for_many(runtime: Runtime, site: Site) -> None:
    """The command says the same: of 144 slots of a day, a few lines are left."""
    with runtime.begin() as session:
        a_newsletter(
            session,
            "Sport",
            now=runtime.clock(),
            slug="le-fil",
            name="Le Fil",
            days=EVERY_DAY,
            times=tuple(times_every(10)),
        )

    page = an_operator(runtime, locale="en").get(f"{HERE}?newsletter=le-fil&days=1").text

    assert page.count('class="panel rehearsed"') < 10
    assert "slots to look at, of 144" in page


def test_one_newsletter_for_as_many_days_as_are_chosen(runtime: Runtime, site: Site) -> None:
    """A number that the page does not offer is a week."""
    browser = an_operator(runtime, locale="en")

    pages = [browser.get(f"{HERE}?newsletter=le-soir&days={days}").text for days in ("1", "x")]

    assert [page.count('class="panel rehearsed"') for page in pages] == [1, 7]
    assert "e-le-matin" not in pages[0]
    assert "At the same moment as Le Matin" in pages[1]
    assert browser.get(f"{HERE}?newsletter=le-midi").status_code == 404


def test_links_are_asked_for_between_transactions(runtime: Runtime, site: Site) -> None:
    """A slow site must not hold a connection that readers' pages need."""
    browser = an_operator(runtime)

    with overheard(runtime, fetch) as heard:
        page = browser.post(HERE, data={"newsletter": "le-matin", "days": "7"}).text

    assert heard["fetch"] == 0
    assert "1 lien est mort" in page
    assert "Le site a répondu 404." in page
    assert all(request.startswith((b"HEAD ", b"GET ")) for request in site.requests)


def test_messages_are_rendered_between_transactions(runtime: Runtime, site: Site) -> None:
    browser = an_operator(runtime)

    with overheard(runtime, message_size, render) as heard:
        browser.get(HERE)

    assert heard["render_message"] == 0


def test_a_viewer_may_look_and_makes_us_ask_no_site(runtime: Runtime, site: Site) -> None:
    viewer = an_operator(runtime, Role.VIEWER)

    page, refused = viewer.get(HERE), viewer.post(HERE, data={"newsletter": "le-matin"})

    assert page.status_code == 200
    assert "Vérifier liens et images" not in page.text
    assert refused.status_code == 403
    assert site.requests == []
    assert a_stranger(runtime).get(HERE).status_code == 303


def test_of_many_newsletters_one_is_shown(runtime: Runtime) -> None:
    """A page of fifty would take a minute."""
    with runtime.begin() as session:
        for number in range(9):
            a_newsletter(
                session,
                now=runtime.clock(),
                slug=f"lettre-{number}",
                name=f"Lettre {number}",
                days=EVERY_DAY,
                times=(time(7),),
            )

    page = an_operator(runtime).get(HERE).text

    assert 'id="e-lettre-0-each-2023-02-09-0700"' in page
    assert 'id="e-lettre-1-each-2023-02-09-0700"' not in page


def test_without_a_newsletter_there_is_nothing_to_rehearse(runtime: Runtime) -> None:
    assert "Aucune édition n’est prévue" in an_operator(runtime).get(HERE).text
