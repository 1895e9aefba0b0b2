"""A clipping is pasted in the console: seen first, then stored."""

import pytest

from service.accounts.roles import Role
from service.articles import find
from service.articles.plain_text import clipping
from service.boot import Runtime
from service.kit import sandbox
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.fakes.overheard import overheard
from tests.rooms.cli.conftest import DATA
from tests.rooms.web.signed_in import an_operator

HERE = "/console/articles/paste"
TEXT = (DATA / "clippings" / "01-the-whole-shape.txt").read_text("utf-8")
WHOLE_PAGE = """Accueil
Menu
Le maire ouvre le nouveau marché couvert
Les lycéens préparent leurs examens du printemps

La commune a voté hier soir un budget en hausse, et les élus de l’opposition ont demandé des \
explications sur les dépenses prévues pour la route du nord, sans les obtenir.

Le débat reprendra la semaine prochaine, quand les services auront remis leurs chiffres aux \
conseillers, qui les attendent depuis le mois de janvier avec impatience.
"""


@pytest.fixture(autouse=True)
def newsletter(runtime: Runtime) -> None:
    """A newsletter that takes articles of one section."""
    with runtime.begin() as session:
        a_newsletter(session, "Continent", now=runtime.clock())


def test_what_was_understood_is_shown_before_it_is_stored(runtime: Runtime) -> None:
    """A person corrects what was understood wrongly, before a reader sees it."""
    browser = an_operator(runtime)
    form = {"text": TEXT, "url": "https://courrier.example/port?utm_source=x"}

    shown = browser.post(HERE, data={**form, "act": "preview"})
    with runtime.begin() as session:
        before = find.list_articles(session).rows
    done = browser.post(HERE, data={**form, "act": "store"})

    with runtime.begin() as session:
        (article,) = find.list_articles(session).rows
    assert shown.status_code == 200
    assert "rien n’est encore enregistré" in shown.text
    assert "Rodrigue Ahouansou" in shown.text
    assert "https://courrier.example/port<" in shown.text
    assert before == []
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/console/articles/{article.id}",
    )
    assert (article.kind, article.url) == ("clipping", "https://courrier.example/port")
    assert audited(runtime.begin) == [("article.added", {"article_id": article.id})]
    assert "Article ajouté" in browser.get("/console/journal").text


def test_of_several_likely_headlines_the_person_chooses(runtime: Runtime) -> None:
    """A page that was copied whole has many lines that look like one."""
    browser = an_operator(runtime)
    title = "Les lycéens préparent leurs examens du printemps"

    asked = browser.post(HERE, data={"text": WHOLE_PAGE, "act": "store"})
    with runtime.begin() as session:
        before = find.list_articles(session).rows
    shown = browser.post(HERE, data={"text": WHOLE_PAGE, "title": title, "act": "preview"})

    assert asked.status_code == 422
    assert f'type="radio" name="title" value="{title}"' in asked.text
    assert before == []
    assert shown.status_code == 200
    assert f"<strong>{title}" in shown.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "La coupure est vide"),
        ({"text": "Bonjour"}, "dans la coupure"),
        ({"text": TEXT, "url": "courrier"}, "web"),
        ({"text": TEXT, "url": "https://courrier.example/"}, "l’adresse d’un site"),
    ],
)
def test_what_is_no_article_is_refused_with_a_sentence_and_kept(
    runtime: Runtime, fields: dict[str, str], sentence: str
) -> None:
    """In the operator's language, and nothing typed is lost."""
    page = an_operator(runtime).post(HERE, data={**fields, "act": "store"})

    assert page.status_code == 422
    assert sentence in page.text
    assert fields["text"][:40].split("\n")[0] in page.text
    with runtime.begin() as session:
        assert find.list_articles(session).rows == []


def test_a_section_that_no_newsletter_has_is_said_beforehand(runtime: Runtime) -> None:
    """The article would be in no edition, and its editor would wonder why."""
    browser = an_operator(runtime)
    other = TEXT.replace("Continent", "Météo", 1)

    shown = browser.post(HERE, data={"text": other, "act": "preview"}).text
    chosen = browser.post(HERE, data={"text": other, "section": "Continent"}).text

    assert "Aucune newsletter n’a la rubrique" in shown
    assert "Aucune newsletter n’a la rubrique" not in chosen


def test_a_clipping_is_parsed_in_a_child_between_transactions(runtime: Runtime) -> None:
    """A hostile text costs a child two seconds, and no connection."""
    browser = an_operator(runtime)

    with overheard(runtime, sandbox, clipping) as heard:
        browser.post(HERE, data={"text": TEXT, "act": "preview"})

    assert heard["sandboxed.<locals>.call"] == 0
    assert "parse_clipping" not in heard


def test_markup_in_a_text_is_shown_as_text(runtime: Runtime) -> None:
    """What a person copies may come from anywhere."""
    hostile = TEXT.replace("Rodrigue", "<script>alert(1)</script> Rodrigue")

    page = an_operator(runtime).post(HERE, data={"text": hostile, "act": "preview"}).text

    assert "<script>alert" not in page


def test_who_may_not_edit_may_not_paste(runtime: Runtime) -> None:
    """An article reaches every reader."""
    browser = an_operator(runtime, Role.VIEWER)

    assert browser.get(HERE).status_code == 403
    assert browser.post(HERE, data={"text": TEXT, "act": "store"}).status_code == 403
    assert HERE not in browser.get("/console/articles").text
    assert HERE in an_operator(runtime).get("/console/articles").text


def test_the_language_switch_keeps_the_text(runtime: Runtime) -> None:
    """Nothing is parsed or stored by it."""
    page = an_operator(runtime).post(HERE, data={"text": "Un texte", "speak": "en"})

    assert "Paste a clipping" in page.text
    assert ">Un texte</textarea>" in page.text
