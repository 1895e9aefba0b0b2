"""What can be shown to whoever asks under which words a reader agreed."""

import html
import re

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from service.audience import profile
from service.audience.consent import ConsentProof
from service.audience.tables import ConsentTextRow
from service.newsletters import catalogue
from service.web import pages
from tests.builders import a_draft
from tests.conftest import FakeClock
from tests.rooms.web.reader.conftest import Back
from tests.rooms.web.signed_in import an_operator

WORDS = re.compile(r'name="words" value="([^"]+)"')


def proofs(back: Back, subscriber_id: int = 1) -> list[ConsentProof]:
    with back.runtime.begin() as session:
        found = profile.profile_of_subscriber(session, subscriber_id, keyring=back.runtime.keyring)
        return list(found.subscriptions[0].proofs)


def read_aloud(page: str) -> str:
    """The text of a page without its tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def sign_up(browser: TestClient, email: str = "awa@example.org", **fields: str) -> str:
    """Open the form, send it as a browser would, and return what it showed."""
    shown = browser.get("/n/le-matin").text
    found = WORDS.search(shown)
    assert found is not None
    browser.post("/n/le-matin", data={"email": email, "words": found[1], **fields})
    return read_aloud(shown)


def test_the_words_are_kept_as_each_page_showed_them(browser: TestClient, back: Back) -> None:
    form = sign_up(browser)
    asked = read_aloud(browser.get(back.confirm_path()).text)
    done = browser.post(back.confirm_path())
    personal = done.text.partition('href="/preferences/')[2].partition('"')[0]
    choice = read_aloud(browser.get(f"/preferences/{personal}").text)
    browser.post(f"/preferences/{personal}", data={"section": ["culture"]})

    kept = proofs(back)

    assert [(each.act, each.source, each.language) for each in kept] == [
        ("requested", "form", "fr"),
        ("confirmed", "confirmation", "fr"),
        ("changed", "preferences", "fr"),
    ]
    for proof, page in zip(kept, (form, asked, choice), strict=True):
        said, _, button = (proof.words or "").removesuffix("]").partition(" [")
        assert " ".join(said.split()) in page
        assert button in page
        assert proof.network == "203.0.113.0/24"
    assert kept[0].request == kept[1].request == 1
    assert kept[1].valid_until is not None
    assert (kept[0].section_mask, kept[2].section_mask) == (None, 0b100)


@pytest.mark.parametrize("locale", ["fr", "en", "ar", "pt"])
def test_the_words_about_alerts_are_shown_and_kept(
    browser: TestClient, back: Back, locale: str
) -> None:
    """Each page's words are in its proof; a reader who chose none is told nothing of alerts."""
    back.offer_alerts(locale=locale)
    t = pages.translator_for(locale)
    box = [t("alerts.choose"), t("alerts.hint", count=5)]

    form = sign_up(browser, alerts="1")
    path = back.confirm_path()
    asked = read_aloud(browser.get(path).text)
    done = read_aloud(browser.post(path).text)
    sign_up(browser, "binta@example.org")
    without = read_aloud(browser.get(back.confirm_path()).text)

    requested, confirmed = proofs(back)
    assert all(each in form and each in (requested.words or "") for each in box)
    assert all(t("confirm.alerts") in each for each in (asked, done, confirmed.words or ""))
    assert (requested.alerts, confirmed.alerts) == (True, True)
    assert t("confirm.alerts") not in without


def test_readers_of_the_same_words_share_a_row(browser: TestClient, back: Back) -> None:
    for number in range(3):
        sign_up(browser, f"reader{number}@example.org")

    with back.runtime.begin() as session:
        assert session.scalar(select(func.count()).select_from(ConsentTextRow)) == 1
    assert {proofs(back, number)[0].text_version for number in (1, 2, 3)} == {
        proofs(back)[0].text_version
    }


def test_a_form_in_the_publishers_own_html_proves_no_words_of_ours(
    browser: TestClient, back: Back
) -> None:
    browser.post("/n/le-matin", data={"email": "awa@example.org"})

    [proof] = proofs(back)

    assert (proof.source, proof.words, proof.text_version) == ("own-form", None, None)


def test_a_page_that_stood_open_proves_the_words_that_it_showed(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    sign_up(browser, "first@example.org")
    key = proofs(back)[0].text_version or ""
    with back.runtime.begin() as session:
        catalogue.edit(session, "le-matin", a_draft(name="La Nuit"), now=clock())

    browser.post("/n/le-matin", data={"email": "second@example.org", "words": key})
    browser.post("/n/le-matin", data={"email": "third@example.org", "words": "fr-" + "x" * 5000})

    assert "Le Matin" in (proofs(back, 2)[0].words or "")
    assert proofs(back, 3)[0].source == "own-form"


def test_a_new_link_for_an_expired_one_is_a_request_of_its_own(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    sign_up(browser)
    clock.advance(days=8)
    browser.post(back.confirm_path(), data={"again": "1"})
    browser.post(back.confirm_path())

    assert [(each.act, each.request) for each in proofs(back)] == [
        ("requested", 1),
        ("requested", 2),
        ("confirmed", 2),
    ]


def test_an_operator_sees_words_time_place_and_confirmation(
    browser: TestClient, back: Back
) -> None:
    sign_up(browser)
    browser.post(back.confirm_path())
    words = pages.translator_for("fr")("signup.consent", name="Le Matin")

    page = read_aloud(an_operator(back.runtime, locale="en").get("/console/readers/1").text)

    assert words in page
    assert "On the sign-up page" in page
    assert "From the network 203.0.113.0/24" in page
    assert "By the link in confirmation message no. 1, requested on" in page
