"""Drafts in the console: begun outside of the schedule, given a time, sent, and tested."""

from service.boot import Runtime
from tests.builders import an_article
from tests.rooms.web.console.test_prepare import act, furnish, proposal
from tests.rooms.web.signed_in import an_operator


def test_an_edition_of_one_piece_is_made_and_given_a_time(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime)
    with runtime.begin() as session:
        article = an_article(
            session, "Sport", seen=runtime.clock(), title="Enquête", body=["Tout le texte."]
        ).id

    begun = browser.post("/console/newsletters/le-matin/drafts", data={"kind": "piece"})
    here = begun.headers["location"]
    draft_id = int(here.split("/")[3])
    act(browser, draft_id, "pin", article=article, version=0)
    page = browser.get(here).text
    browser.post(f"{here}/at", data={"at": "2023-02-09T10:30"})
    scheduled = browser.get(here).text
    refused = browser.post(f"{here}/at", data={"at": "demain"})

    assert "Une édition sans heure" in page
    assert "Un seul article" in page
    assert "jeudi 9 février, 10:30" in scheduled
    assert "Écrivez une date" in browser.get(refused.headers["location"]).text
    assert (
        "Tout le texte."
        in browser.get(
            f"/console/editions/{draft_id}/rendition/{proposal(runtime, draft_id).section_mask}"
        ).text
    )


def test_sending_a_draft_asks_first(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)

    asked = browser.get(f"/console/editions/{draft_id}/prepare/send").text
    sent = browser.post(f"/console/editions/{draft_id}/prepare/send")

    assert "articles partent maintenant" in asked
    assert sent.headers["location"] == f"/console/editions/{draft_id}"
    assert browser.get(f"/console/editions/{draft_id}/prepare/send").status_code == 303


def test_an_editor_asks_for_a_test_message(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)

    where = act(browser, draft_id, "test", addresses="awa@journal.example", mask=3)
    wrong = act(browser, draft_id, "test", addresses="pas une adresse", mask=3)

    page = browser.get(where).text
    assert "awa@journal.example" in page
    assert "En route" in page
    assert wrong.endswith("#test")
