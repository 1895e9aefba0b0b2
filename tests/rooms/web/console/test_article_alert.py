"""An article is sent as an alert from its page."""

import pytest

from service.accounts.roles import Role
from service.boot import Runtime
from service.editions.find import get_edition
from tests.audit_trail import audited
from tests.builders import a_newsletter, a_reader, an_article
from tests.rooms.web.signed_in import an_operator


@pytest.fixture
def here(runtime: Runtime) -> str:
    """The address of an article of a newsletter with two readers of alerts."""
    with runtime.begin() as session:
        paper = a_newsletter(session, "Sport", "Culture", now=runtime.clock(), offers_alerts=True)
        for mask in (None, 0b01, 0b10):
            a_reader(session, paper, now=runtime.clock(), alerts=True, mask=mask)
        article = an_article(session, "Sport", seen=runtime.clock(), title="Victoire")
    return f"/console/articles/{article.id}"


def test_the_page_says_how_many_readers_before_anything_is_sent(
    runtime: Runtime, here: str
) -> None:
    browser = an_operator(runtime)

    page = browser.get(f"{here}/alert").text

    assert f'href="{here}/alert"' in browser.get(here).text
    assert "2 lecteurs ont choisi les alertes de cette rubrique." in page
    assert "L’alerte part maintenant." in page
    assert audited(runtime.begin) == []


def test_sending_leads_to_the_edition_and_is_done_once(runtime: Runtime, here: str) -> None:
    browser = an_operator(runtime)

    done = browser.post(f"{here}/alert", data={"newsletter": "le-matin"})
    again = browser.post(f"{here}/alert", data={"newsletter": "le-matin"})

    assert (done.status_code, done.headers["location"]) == (303, "/console/editions/1")
    assert again.status_code == 422
    assert "Cet article a déjà fait l’objet d’une alerte" in again.text
    with runtime.begin() as session:
        assert get_edition(session, 1).kind == "alert"
    assert [act for act, _ in audited(runtime.begin)] == ["article.alerted"]


def test_a_second_one_is_shown_where_it_fills(runtime: Runtime, here: str) -> None:
    """An editor may drop it, or need not wait."""
    browser = an_operator(runtime)
    with runtime.begin() as session:
        other = an_article(session, "Sport", seen=runtime.clock()).id
    browser.post(f"{here}/alert", data={"newsletter": "le-matin"})

    done = browser.post(f"/console/articles/{other}/alert", data={"newsletter": "le-matin"})

    assert done.headers["location"] == "/console/editions/2/prepare"
    shown = browser.get(done.headers["location"])
    assert shown.status_code == 200


def test_a_newsletter_is_chosen(runtime: Runtime, here: str) -> None:
    answer = an_operator(runtime).post(f"{here}/alert", data={})

    assert answer.status_code == 422
    assert "Choisissez une newsletter." in answer.text


def test_what_cannot_be_alerted_says_why(runtime: Runtime, here: str) -> None:
    """It is shown, and cannot be chosen."""
    with runtime.begin() as session:
        article = an_article(session, "Divers", seen=runtime.clock()).id

    page = an_operator(runtime).get(f"/console/articles/{article}/alert").text

    assert "n’a pas de rubrique pour l’article" in page
    assert " disabled" in page


def test_a_viewer_sends_none(runtime: Runtime, here: str) -> None:
    browser = an_operator(runtime, role=Role.VIEWER)

    assert f'href="{here}/alert"' not in browser.get(here).text
    assert browser.post(f"{here}/alert", data={"newsletter": "le-matin"}).status_code == 403
