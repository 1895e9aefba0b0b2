"""A feed is edited in the console, and two editors do not overwrite each other."""

import html
import re
from datetime import timedelta

import pytest

from service.articles import find
from service.articles.feeds import poll, registry
from service.articles.feeds.registry import FeedSettings
from service.articles.read_models import FeedDetails
from service.boot import Runtime
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.web.signed_in import an_operator

URL = "https://courrier.example/rss"


@pytest.fixture
def here(runtime: Runtime) -> str:
    """The address of the form of a newsletter's only feed."""
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        feed_id = poll.add_feed(session, URL, newsletter_id=newsletter.id, now=runtime.clock())
    return f"/console/newsletters/le-matin/feeds/{feed_id}/edit"


def stored(runtime: Runtime) -> FeedDetails:
    with runtime.begin() as session:
        return find.list_feeds(session)[0]


def opened_of(page: str) -> str:
    found = re.search(r'name="opened" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def test_address_section_and_interval_are_saved_with_a_trace(runtime: Runtime, here: str) -> None:
    """Whoever reads the journal sees who changed where the articles come from."""
    browser = an_operator(runtime)
    form = {"opened": opened_of(browser.get(here).text), "url": f"{URL}/2", "every": "30"}

    done = browser.post(here, data={**form, "section": "culture"})
    same = browser.post(
        here,
        data={
            **form,
            "section": "culture",
            "opened": opened_of(browser.get(here).text),
        },
    )

    feed = stored(runtime)
    assert (done.status_code, same.status_code) == (303, 303)
    assert (feed.url, feed.section_key, feed.every) == (
        f"{URL}/2",
        "culture",
        timedelta(minutes=30),
    )
    facts = {"feed_id": feed.id, "newsletter_id": feed.newsletter_id}
    assert audited(runtime.begin) == [("feed.edited", facts)]
    assert "Flux modifié" in browser.get("/console/journal").text
    assert here in browser.get("/console/newsletters/le-matin/feeds").text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("url", "courrier", "Ce n’est pas une adresse web"),
        ("every", "0", "de 1 à 1440"),
        ("every", "bientôt", "de 1 à 1440"),
        ("every", "1441", "de 1 à 1440"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    runtime: Runtime, here: str, field: str, value: str, sentence: str
) -> None:
    """The form comes back as it was typed, with one sentence."""
    form = {"url": URL, "section": "", "every": "5", field: value}

    page = an_operator(runtime).post(here, data=form)

    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{value}"' in page.text
    assert stored(runtime).every == timedelta(minutes=5)


def test_another_feeds_address_is_refused(runtime: Runtime, here: str) -> None:
    """It would be polled twice."""
    with runtime.begin() as session:
        newsletter_id = find.list_feeds(session)[0].newsletter_id
        poll.add_feed(session, f"{URL}/2", newsletter_id=newsletter_id, now=runtime.clock())

    page = an_operator(runtime).post(here, data={"url": f"{URL}/2", "every": "5"})

    assert "lit déjà ce flux" in page.text


def test_what_was_saved_meanwhile_is_shown_and_nothing_is_overwritten(
    runtime: Runtime, here: str
) -> None:
    """The second editor sees both values, and saves when they have seen them."""
    browser = an_operator(runtime)
    opened = opened_of(browser.get(here).text)
    with runtime.begin() as session:
        feed = find.list_feeds(session)[0]
        theirs = FeedSettings(url=URL, section_key="culture", every=timedelta(minutes=20))
        registry.edit(session, feed.id, theirs, now=runtime.clock())

    form = {"url": URL, "section": "", "every": "10", "opened": opened}
    shown = browser.post(here, data=form)
    unchanged = stored(runtime).every
    browser.post(here, data={**form, "section": "culture", "opened": opened_of(shown.text)})

    assert shown.status_code == 409
    assert "Quelqu’un d’autre a enregistré ce flux entre-temps" in shown.text
    assert "Culture" in shown.text
    assert '<option value="culture" selected>' in shown.text
    assert unchanged == timedelta(minutes=20)
    assert (stored(runtime).every, stored(runtime).section_key) == (
        timedelta(minutes=10),
        "culture",
    )


def test_another_newsletters_feed_is_out_of_reach(runtime: Runtime, here: str) -> None:
    """The address names both; only together do they lead to a feed."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), slug="le-soir")
    other = here.replace("le-matin", "le-soir")
    browser = an_operator(runtime)

    assert browser.get(other).status_code == 404
    assert browser.post(other, data={"url": URL, "every": "5"}).status_code == 404


def test_the_language_switch_keeps_what_was_typed(runtime: Runtime, here: str) -> None:
    """Nothing is saved by it."""
    page = an_operator(runtime).post(here, data={"url": f"{URL}/2", "every": "7", "speak": "en"})

    assert "Edit the feed" in page.text
    assert f'value="{URL}/2"' in page.text
    assert stored(runtime).url == URL
