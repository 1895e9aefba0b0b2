"""From the address of a site to its feed, in the console."""

from collections.abc import Iterator

import pytest

from service.accounts.roles import Role
from service.articles import find
from service.boot import Runtime
from service.kit import fetch
from tests.builders import a_newsletter
from tests.fakes.overheard import overheard
from tests.fakes.site import Site, answer
from tests.rooms.web.signed_in import an_operator

HERE = "/console/newsletters/le-matin/feeds"
HTML = {"Content-Type": "text/html"}
FEED = (
    b'<rss version="2.0"><channel><title>Le &lt;b&gt;Courrier</title><item><title>Un port</title>'
    b"<link>https://courrier.example/1</link><pubDate>Wed, 08 Feb 2023 05:00:00 GMT</pubDate>"
    b"</item></channel></rss>"
)
FRONT = (
    b"<!doctype html><html lang=fr><link rel=alternate type=application/rss+xml href=/flux>"
    b'<link rel="https://api.w.org/" href=/wp-json/><p>Bonjour.'
)


@pytest.fixture
def site(runtime: Runtime) -> Iterator[Site]:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    with Site() as running:
        running.pages["/"] = answer(FRONT, headers=HTML)
        running.pages["/flux"] = answer(FEED)
        yield running


def test_what_was_found_is_shown_and_added_with_one_click(runtime: Runtime, site: Site) -> None:
    """Looking stores nothing; the button posts the address that was found."""
    browser = an_operator(runtime)

    found = browser.post(f"{HERE}/find", data={"url": site.url, "section": "culture"})
    with runtime.begin() as session:
        before = find.list_feeds(session)
    browser.post(HERE, data={"url": f"{site.url}/flux", "section": "culture"})
    again = browser.post(f"{HERE}/find", data={"url": site.url}).text

    assert found.status_code == 200
    assert "Proposé" in found.text
    assert "1 article, le plus récent" in found.text
    assert f"{site.url}/wp-json/" in found.text
    assert f'name="url" value="{site.url}/flux"' in found.text
    assert '<input type="hidden" name="section" value="culture">' in found.text
    assert before == []
    with runtime.begin() as session:
        (feed,) = find.list_feeds(session)
    assert (feed.url, feed.section_key) == (f"{site.url}/flux", "culture")
    assert "Cette newsletter lit déjà ce flux" in again
    assert f'name="url" value="{site.url}/flux"' not in again


def test_a_site_is_asked_between_transactions(runtime: Runtime, site: Site) -> None:
    """A slow site must not hold a connection that readers' pages need."""
    browser = an_operator(runtime)

    with overheard(runtime, fetch) as heard:
        browser.post(f"{HERE}/find", data={"url": site.url})

    assert heard["fetch"] == 0


def test_a_site_that_does_not_answer_may_be_added_as_it_is(runtime: Runtime, site: Site) -> None:
    """It may be away for an hour only."""
    page = an_operator(runtime).post(f"{HERE}/find", data={"url": f"{site.url}/rien"}).text

    assert "404" in page
    assert f'name="url" value="{site.url}/rien"' in page


def test_a_site_without_a_feed_says_what_to_do(runtime: Runtime, site: Site) -> None:
    """One sentence, in the operator's language."""
    site.pages["/"] = answer(b"<!doctype html><p>Bonjour.", headers=HTML)

    french = an_operator(runtime).post(f"{HERE}/find", data={"url": site.url}).text
    english = an_operator(runtime, locale="en").post(f"{HERE}/find", data={"url": site.url}).text

    assert "Demandez au site l’adresse de son flux" in french
    assert "Ask the site for the address of its feed" in english


@pytest.mark.parametrize("url", ["", "courrier", "ftp://courrier.example/", "file:///etc/passwd"])
def test_what_is_no_web_address_is_refused_and_kept(runtime: Runtime, site: Site, url: str) -> None:
    """The form is shown again with what was typed."""
    page = an_operator(runtime).post(f"{HERE}/find", data={"url": url})

    assert page.status_code == 422
    assert "Ce n’est pas une adresse web" in page.text
    assert f'value="{url}"' in page.text
    assert site.requests == []


def test_who_may_not_edit_makes_us_ask_no_site(runtime: Runtime, site: Site) -> None:
    """A viewer's click must not become a request to anywhere."""
    refused = an_operator(runtime, Role.VIEWER).post(f"{HERE}/find", data={"url": site.url})

    assert refused.status_code == 403
    assert site.requests == []


def test_the_language_switch_keeps_the_form(runtime: Runtime, site: Site) -> None:
    """What was typed is shown again in the other language, and nothing is asked."""
    page = an_operator(runtime).post(f"{HERE}/find", data={"url": site.url, "speak": "en"})

    assert f'value="{site.url}"' in page.text
    assert "Find feeds" in page.text
    assert site.requests == []
