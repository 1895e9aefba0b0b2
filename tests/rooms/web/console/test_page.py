"""How a console page answers: in the operator's language, once, and with a trace."""

from service.boot import Runtime
from service.web.console.auth import COOKIE
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.web.signed_in import an_operator


def test_a_message_is_shown_on_the_next_page_and_only_there(runtime: Runtime) -> None:
    """Shown twice, it would say that something was done again."""
    browser = an_operator(runtime, locale="en")
    browser.post("/console/account/sign-out-elsewhere")
    assert "crieur_flash" in browser.cookies

    first = browser.get("/console/account").text
    again = browser.get("/console/account").text

    assert first != again
    assert "crieur_flash" not in browser.cookies
    assert COOKIE in browser.cookies


def test_the_answer_to_a_form_leaves_the_message_of_another_tab(runtime: Runtime) -> None:
    """It is meant for the page that the other tab is about to show."""
    browser = an_operator(runtime, locale="en")
    browser.post("/console/account/sign-out-elsewhere")

    answer = browser.post("/console/account/language", data={"locale": "ar"})

    assert answer.status_code == 422
    assert "crieur_flash" in browser.cookies


def test_a_form_is_shown_again_in_the_language_that_its_switch_chose(runtime: Runtime) -> None:
    """What was typed must survive the change, also without JavaScript."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    browser = an_operator(runtime)

    answer = browser.post(
        "/console/newsletters/le-matin/edit", data={"speak": "en", "name": "Tapé à moitié"}
    )

    assert '<html lang="en"' in answer.text
    assert "Tapé à moitié" in answer.text
    assert audited(runtime.begin) == [("operator.language_chosen", {"locale": "en"})]


def test_a_language_that_the_console_does_not_speak_changes_nothing(runtime: Runtime) -> None:
    """The value comes from a form that anybody may write."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    answer = an_operator(runtime).post(
        "/console/newsletters/le-matin/edit", data={"speak": "ar", "name": "Tapé"}
    )

    assert '<html lang="fr"' in answer.text
    assert audited(runtime.begin) == []
