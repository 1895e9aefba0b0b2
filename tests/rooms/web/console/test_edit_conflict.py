"""Two people edit one newsletter, or one person changes the language: nothing typed is lost."""

import html
import re

import pytest
from starlette.testclient import TestClient

from service.accounts import audit
from service.boot import Runtime
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.edit_conflict import PARTS, merge_edits
from service.web.console.newsletter_form import NewsletterForm
from tests.builders import a_draft, a_newsletter
from tests.rooms.web.signed_in import an_operator

EDIT = "/console/newsletters/le-matin/edit"
OPENED = re.compile(r'name="opened" value="([^"]*)"')
Form = dict[str, str | list[str]]


@pytest.fixture
def browser(runtime: Runtime) -> TestClient:
    with runtime.begin() as session:
        a_newsletter(session, "Politique", "Sport", now=runtime.clock())
    return an_operator(runtime, locale="en")


def fields_of(page: str) -> Form:
    """What a browser would send back of the edit form, as it stands on the page."""
    found = OPENED.search(page)
    assert found is not None
    fields: Form = {"opened": html.unescape(found[1]), "act": "save"}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or value is None or name[1] in {"opened", "first"}:
            continue
        is_choice = 'type="checkbox"' in tag or 'type="radio"' in tag
        if is_choice and " checked" not in tag:
            continue
        known = fields.setdefault(name[1], [])
        assert isinstance(known, list)
        known.append(html.unescape(value[1]))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', page):
        fields[name] = html.unescape(text)
    fields["locale"] = "fr"
    return fields


def hidden_of(page: str) -> dict[str, str]:
    found = re.search(r'name="first" value="([^"]*)"', page)
    assert found is not None
    return {"first": html.unescape(found[1])}


def stored(runtime: Runtime) -> NewsletterDetails:
    with runtime.begin() as session:
        return catalogue.get(session, "le-matin")


def test_who_saves_later_sees_both_and_saves_what_both_wanted(
    runtime: Runtime, browser: TestClient
) -> None:
    mine = {**fields_of(browser.get(EDIT).text), "name": "Le Soir", "sender_name": "Mon nom"}
    theirs = {**fields_of(browser.get(EDIT).text), "name": "La Nuit", "postal_address": "Dakar"}
    theirs["section_name"] = ["Politique", "Sport", "Culture"]
    theirs["section_aliases"] = ["", "", ""]

    first = browser.post(EDIT, data=theirs)
    second = browser.post(EDIT, data=mine)
    kept = stored(runtime)
    merged = fields_of(second.text)
    spoken = browser.post(EDIT, data={**hidden_of(second.text), **merged, "act": "", "speak": "fr"})
    third = browser.post(EDIT, data=merged)

    assert (first.status_code, second.status_code, third.status_code) == (303, 409, 303)
    assert (kept.name, kept.sender_name) == ("La Nuit", "La Nuit")
    assert "Someone else has saved this newsletter in the meantime" in second.text
    assert "Awa Koné, " in second.text
    assert "La Nuit" in second.text.split("<form class")[0]
    assert merged["name"] == ["Le Soir"]
    assert "Enregistré entre-temps" in spoken.text
    assert "La Nuit" in spoken.text.split("<form class")[0]
    now = stored(runtime)
    assert (now.name, now.sender_name, now.postal_address) == ("Le Soir", "Mon nom", "Dakar")
    assert [each.name for each in now.current_sections] == ["Politique", "Sport", "Culture"]


def test_what_a_command_has_changed_is_seen_too(runtime: Runtime, browser: TestClient) -> None:
    mine = {**fields_of(browser.get(EDIT).text), "description": "La mienne"}
    with runtime.begin() as session:
        draft = a_draft("Politique", "Sport", description="La leur")
        edited = catalogue.edit(session, "le-matin", draft, now=runtime.clock())
        facts = {"newsletter_id": edited.id}
        audit.record(session, None, "newsletter.edited", facts, now=runtime.clock())

    page = browser.post(EDIT, data=mine)

    assert page.status_code == 409
    assert "A command on the server, " in page.text
    assert "La leur" in page.text
    assert "La mienne" in page.text


def test_both_saving_the_same_is_no_quarrel(runtime: Runtime, browser: TestClient) -> None:
    mine = {**fields_of(browser.get(EDIT).text), "name": "Le Soir"}

    assert browser.post(EDIT, data=mine).status_code == 303
    assert browser.post(EDIT, data=mine).status_code == 303


@pytest.mark.parametrize("opened", ["", "[]", "{}x", '{"other": 1}', "[" * 5000, '{"name": {}}'])
def test_a_broken_memory_of_the_form_is_no_error(browser: TestClient, opened: str) -> None:
    typed = {**fields_of(browser.get(EDIT).text), "name": "Le Soir", "opened": opened}

    assert browser.post(EDIT, data=typed).status_code in {303, 409}


def test_every_field_of_the_form_is_compared() -> None:
    """A field that is forgotten there is undone without a word."""
    assert {name for part in PARTS for name in part} == set(NewsletterForm.model_fields) - {"slug"}


def test_only_what_they_changed_is_taken_over() -> None:
    opened = NewsletterForm(name="a", description="a", days=("1",), times=("07:00",))
    theirs = NewsletterForm(name="b", description="a", days=("1", "2"), times=("07:00",))
    typed = NewsletterForm(name="c", description="c", days=("1",), times=("07:00",))

    merged = merge_edits(opened, theirs, typed)

    assert (merged.fields.name, merged.fields.description, merged.fields.days) == (
        "c",
        "c",
        ("1", "2"),
    )
    assert [(each.name, each.mine is None) for each in merged.differences] == [
        ("name", False),
        ("days", True),
    ]


@pytest.mark.parametrize(
    ("page", "typed", "shown"),
    [
        ("/console/newsletters/new", {"name": "À demi"}, 'value="À demi"'),
        ("/console/newsletters/le-matin/edit", {"name": "À demi"}, 'value="À demi"'),
        ("/console/newsletters/le-matin/feeds", {"url": "https://a.example"}, "https://a.example"),
        ("/console/newsletters/le-matin/rules", {"pattern": "/a"}, 'value="/a"'),
        ("/console/keys", {"name": "WordPr"}, 'value="WordPr"'),
    ],
)
def test_the_language_switch_keeps_what_was_typed(
    browser: TestClient, page: str, typed: Form, shown: str
) -> None:
    form = browser.get(page).text
    switch = re.search(r'<button class="link" form="([\w-]+)" formaction="([^"]+)" [^>]*>', form)
    assert switch is not None
    assert f'id="{switch[1]}"' in form

    answer = browser.post(switch[2], data={**typed, "speak": "fr"})

    assert answer.status_code == 200
    assert '<html lang="fr" dir="ltr">' in answer.text
    assert shown in answer.text
    assert '<html lang="fr" dir="ltr">' in browser.get("/console").text


def test_the_language_switch_of_a_search_keeps_the_search(browser: TestClient) -> None:
    page = browser.get("/console/readers?newsletter=le-matin&q=awa").text

    assert 'name="next" value="/console/readers?newsletter=le-matin&amp;q=awa"' in page


def test_aliases_and_address_come_back_as_they_were_typed(
    runtime: Runtime, browser: TestClient
) -> None:
    form = fields_of(browser.get(EDIT).text)
    form |= {"section_name": ["Économie"], "section_aliases": ["Éco, BUSINESS, À la une"]}
    form["postal_address"] = "Le Courrier\r\n12 rue des Jardins\r\nAbidjan"

    browser.post(EDIT, data=form)

    assert 'value="Éco, BUSINESS, À la une"' in browser.get(EDIT).text
    assert stored(runtime).current_sections[0].aliases == ("a-la-une", "business", "eco")
    page = browser.get("/n/le-matin").text
    assert "Le Courrier<br>12 rue des Jardins<br>Abidjan" in page


@pytest.mark.parametrize(
    ("name", "slug", "problems"),
    [("", "", 1), ("x" * 250, "", 1), ("", "Pas Bon", 2), ("mot " * 40, "", 0)],
)
def test_one_cause_has_one_sentence(
    browser: TestClient, name: str, slug: str, problems: int
) -> None:
    """An empty name complained of a slug that nobody had typed."""
    data = {
        "act": "save",
        "name": name,
        "slug": slug,
        "sender_address": "a@example.org",
        "section_name": "A",
        "section_aliases": "",
        "articles_per_section": "8",
        "valid_hours": "24",
        "accent_colour": "#9c1f2e",
        "locale": "fr",
        "time_zone": "UTC",
    }

    page = browser.post("/console/newsletters", data=data)

    assert page.status_code == (422 if problems else 303)
    assert page.text.count('<li><a href="#') == problems


def test_what_another_tab_has_done_is_not_said_by_the_answer_to_a_form(
    runtime: Runtime, browser: TestClient
) -> None:
    """“Saved.” stood above a form that was not."""
    browser.post(EDIT, data={**fields_of(browser.get(EDIT).text), "name": "Le Soir"})

    refused = browser.post(EDIT, data={"act": "save"}).text
    shown = browser.get("/console/newsletters/le-matin").text

    assert ">Saved.<" not in refused
    assert ">Saved.<" in shown
