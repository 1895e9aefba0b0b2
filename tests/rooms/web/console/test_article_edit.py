"""An article is corrected, refiled and withdrawn in the console."""

import html
import re

import pytest

from service.accounts.roles import Role
from service.articles import correct, find
from service.articles.corrections import ArticleCorrection
from service.boot import Runtime
from tests.audit_trail import audited
from tests.builders import a_newsletter, an_article
from tests.rooms.web.console.newsroom import find_newsletter
from tests.rooms.web.signed_in import an_operator


@pytest.fixture
def here(runtime: Runtime) -> str:
    """The address of an article of a newsletter's section."""
    with runtime.begin() as session:
        a_newsletter(session, "Continent", "Culture", now=runtime.clock())
        article = an_article(session, "Continent", seen=runtime.clock(), title="Le porc grandit")
    return f"/console/articles/{article.id}"


def form_of(page: str) -> dict[str, str]:
    """What a browser would send back of the form as it stands on the page."""
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    fields |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', page))
    found = re.search(r'name="opened" value="([^"]*)"', page)
    assert found is not None
    return {name: html.unescape(text) for name, text in {**fields, "opened": found[1]}.items()}


def test_a_headline_is_corrected_with_a_trace(runtime: Runtime, here: str) -> None:
    """Editions that are being sent continue with it."""
    browser = an_operator(runtime)
    form = form_of(browser.get(f"{here}/edit").text)
    picture = "https://courrier.example/quai.jpg"

    done = browser.post(
        f"{here}/edit",
        data={
            **form,
            "title": "Le port grandit",
            "authors": "Awa Koné\r\nJean Sossou",
            "image_url": picture,
        },
    )

    article_id = int(here.rsplit("/", 1)[1])
    with runtime.begin() as session:
        article = find.get_article(session, article_id)
    assert done.status_code == 303
    assert (article.title, article.authors) == ("Le port grandit", ["Awa Koné", "Jean Sossou"])
    assert (article.image_url, article.summary) == (picture, form["summary"])
    assert audited(runtime.begin) == [("article.corrected", {"article_id": article_id})]
    assert "Article corrigé" in browser.get("/console/journal").text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", " ", "a besoin d’un titre"),
        ("image_url", "javascript:alert(1)", "adresse de l’image"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(
    runtime: Runtime, here: str, field: str, value: str, sentence: str
) -> None:
    """One sentence, and the form as it was typed."""
    browser = an_operator(runtime)
    form = form_of(browser.get(f"{here}/edit").text)

    page = browser.post(f"{here}/edit", data={**form, field: value, "image_alt": "Gardé"})

    assert page.status_code == 422
    assert sentence in page.text
    assert 'value="Gardé"' in page.text


def test_two_editors_do_not_overwrite_each_other(runtime: Runtime, here: str) -> None:
    """The second one sees what the first has saved, and decides."""
    browser = an_operator(runtime)
    form = form_of(browser.get(f"{here}/edit").text)
    with runtime.begin() as session:
        theirs = ArticleCorrection(
            title="Leur titre",
            summary="Leur résumé.",
            section="Continent",
            authors=(),
            image_url=None,
            image_alt=None,
        )
        correct.correct(session, int(here.rsplit("/", 1)[1]), theirs, now=runtime.clock())

    shown = browser.post(f"{here}/edit", data={**form, "title": "Mon titre"})
    done = browser.post(f"{here}/edit", data=form_of(shown.text))

    assert shown.status_code == 409
    assert "Quelqu’un d’autre a enregistré cet article entre-temps" in shown.text
    assert "Leur titre" in shown.text
    assert done.status_code == 303
    with runtime.begin() as session:
        article = find.get_article(session, int(here.rsplit("/", 1)[1]))
    assert (article.title, article.summary) == ("Mon titre", "Leur résumé.")


def test_an_article_is_refiled_in_a_section_of_one_newsletter(runtime: Runtime, here: str) -> None:
    """It is asked which, and a click without a choice changes nothing."""
    browser = an_operator(runtime)

    asked = browser.get(f"{here}/refile").text
    nothing = browser.post(f"{here}/refile", data={"place": ""})
    done = browser.post(f"{here}/refile", data={"place": "le-matin/culture"})
    strange = browser.post(f"{here}/refile", data={"place": "le-matin/sport"})

    assert '<option value="le-matin/culture">Culture' in asked
    assert nothing.status_code == 422
    assert "Choisissez une rubrique" in nothing.text
    assert done.status_code == 303
    assert strange.status_code == 422
    facts = {
        "article_id": int(here.rsplit("/", 1)[1]),
        "newsletter_id": find_newsletter(runtime),
    }
    assert audited(runtime.begin) == [("article.refiled", facts)]
    assert "rangé dans Le Matin" in browser.get(here).text


def test_a_withdrawal_is_asked_for_first(runtime: Runtime, here: str) -> None:
    """It cannot be undone; looking at the question changes nothing."""
    browser = an_operator(runtime)

    asked = browser.get(f"{here}/withdraw").text
    with runtime.begin() as session:
        before = find.get_article(session, int(here.rsplit("/", 1)[1])).withdrawn_at
    browser.post(f"{here}/withdraw")

    assert "Retirer cet article" in asked
    assert before is None
    assert f"{here}/edit" not in browser.get(here).text
    refused = browser.post(f"{here}/edit", data={"title": "X"})
    assert refused.status_code == 422
    assert "ni corrigé ni rangé" in refused.text


def test_who_may_not_edit_sees_no_button_and_changes_nothing(runtime: Runtime, here: str) -> None:
    """A viewer reads."""
    browser = an_operator(runtime, Role.VIEWER)

    assert f"{here}/edit" not in browser.get(here).text
    for act in ("edit", "refile", "withdraw"):
        assert browser.get(f"{here}/{act}").status_code == 403
        assert browser.post(f"{here}/{act}", data={"title": "X"}).status_code == 403


def test_the_language_switches_keep_what_was_typed(runtime: Runtime, here: str) -> None:
    """Nothing is saved by them."""
    browser = an_operator(runtime)

    edit = browser.post(f"{here}/edit", data={"title": "Mon titre", "speak": "en"}).text
    refile = browser.post(f"{here}/refile", data={"place": "le-matin/culture", "speak": "en"}).text

    assert 'value="Mon titre"' in edit
    assert '<option value="le-matin/culture" selected>' in refile
    assert "File in another section" in refile
