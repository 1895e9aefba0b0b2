"""Section rules in the console: what fell through, and the rule that catches it."""

from datetime import timedelta

from service.accounts.roles import Role
from service.articles import section_rules
from service.boot import Runtime
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.rooms.web.signed_in import an_operator

HOME = "/console/newsletters/le-matin/rules"


def furnish(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        a_newsletter(session, "Politique", "Sport", now=now)
        an_article(
            session,
            "Brèves",
            seen=now - timedelta(hours=1),
            title="Un match à Bouaké",
            categories=["Brèves", "Bouaké"],
            url="https://courrier.example/stades/match",
        )
        an_article(session, "Sport", seen=now, title="Un titre rangé")
        an_article(session, "Weather", seen=now, title="An English title", language="en")


def test_what_fell_through_is_shown_until_a_rule_files_it(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime)

    before = browser.get(HOME).text
    added = browser.post(HOME, data={"by": "path", "pattern": "/stades", "section": "sport"})
    after = browser.get(HOME).text

    assert "Un match à Bouaké" in before
    assert "Brèves · Bouaké" in before
    assert "Un titre rangé" not in before
    assert "An English title" not in before
    assert added.status_code == 303
    assert "Un match à Bouaké" not in after
    assert "/stades" in after


def test_rules_are_put_in_order_and_removed(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime)
    for pattern in ("Un", "Deux"):
        browser.post(HOME, data={"by": "tag", "pattern": pattern, "section": ""})

    browser.post(f"{HOME}/change", data={"rule": "2", "act": "up"})
    browser.post(f"{HOME}/change", data={"rule": "1", "act": "remove"})
    unknown = browser.post(f"{HOME}/change", data={"rule": "x", "act": "remove"})

    with runtime.begin() as session:
        left = section_rules.list_rules(session, catalogue.get(session, "le-matin"))
    assert [(each.pattern, each.section) for each in left] == [("Deux", None)]
    assert unknown.status_code == 404


def test_a_rule_that_can_fit_nothing_is_refused_with_a_sentence(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime)

    answer = browser.post(HOME, data={"by": "path", "pattern": "stades", "section": "sport"})

    assert answer.status_code == 422
    assert "Un chemin commence par /" in answer.text
    assert 'value="stades"' in answer.text


def test_who_only_reads_may_look_and_not_touch(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime, Role.VIEWER)

    assert browser.get(HOME).status_code == 200
    refused = browser.post(HOME, data={"by": "tag", "pattern": "Un", "section": ""})
    assert refused.status_code == 403


def test_a_rule_is_tested_before_it_is_added(runtime: Runtime) -> None:
    """What it would move is shown; nothing is stored."""
    furnish(runtime)
    browser = an_operator(runtime)
    form = {"by": "path", "pattern": "/stades", "section": "sport"}

    tried = browser.post(f"{HOME}/test", data=form)
    wrong = browser.post(f"{HOME}/test", data={**form, "pattern": "stades"})

    assert tried.status_code == 200
    assert "Un match à Bouaké" in tried.text.partition('id="tried"')[2].partition("</section>")[0]
    assert "aucune rubrique" in tried.text
    assert 'value="/stades"' in tried.text
    assert wrong.status_code == 422
    with runtime.begin() as session:
        assert section_rules.list_rules(session, catalogue.get(session, "le-matin")) == []


def test_rules_are_dragged_into_another_order(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime)
    for pattern in ("Un", "Deux", "Trois"):
        browser.post(HOME, data={"by": "tag", "pattern": pattern, "section": ""})
    with runtime.begin() as session:
        paper = catalogue.get(session, "le-matin")
        ids = [each.id for each in section_rules.list_rules(session, paper)]

    browser.post(f"{HOME}/order", data={"order": [str(ids[2]), str(ids[0])]})
    unknown = browser.post(f"{HOME}/order", data={"order": ["4711"]})

    with runtime.begin() as session:
        left = section_rules.list_rules(session, catalogue.get(session, "le-matin"))
    assert [each.pattern for each in left] == ["Trois", "Un", "Deux"]
    assert unknown.status_code == 404


def test_a_rule_says_what_is_breaking_and_leaves_it_where_it_stands(runtime: Runtime) -> None:
    """What is left out makes no alert, and a rule that does neither is none."""
    furnish(runtime)
    browser = an_operator(runtime)
    rule = {"by": "tag", "pattern": "urgent"}

    added = browser.post(HOME, data={**rule, "section": "-", "breaking": "yes"})
    left_out = browser.post(HOME, data={**rule, "section": "", "breaking": "yes"})
    nothing = browser.post(HOME, data={**rule, "section": "-"})

    assert added.status_code == 303
    assert "déclenche une alerte" in browser.get(HOME).text
    assert (left_out.status_code, nothing.status_code) == (422, 422)
    assert "Ce qui est laissé de côté ne déclenche pas d’alerte" in left_out.text
    assert "Une telle règle ne fait rien" in nothing.text
