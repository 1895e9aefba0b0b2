"""The editor's page: the coming edition is seen, changed, held and approved before its slot."""

from datetime import time, timedelta

import pytest
from starlette.testclient import TestClient

from service.accounts.roles import Role
from service.boot import Runtime
from service.editions import drafts
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.editions.proposal import EditionProposal, propose
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.rooms.web.signed_in import an_operator

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def furnish(runtime: Runtime, **changes: object) -> int:
    now = runtime.clock()
    with runtime.begin() as session:
        a_newsletter(
            session,
            "Politique",
            "Sport",
            now=now,
            days=EVERY_DAY,
            times=(time(7),),
            **changes,
        )
        for number in (1, 2, 3):
            an_article(
                session,
                "Politique",
                seen=now - timedelta(minutes=number),
                title=f"Titre {number}",
            )
        an_article(session, "Sport", seen=now - timedelta(minutes=9), title="Un match")
        [draft_id] = drafts.open_drafts(session, now=now)
    return draft_id


def proposal(runtime: Runtime, draft_id: int) -> EditionProposal:
    with runtime.begin() as session:
        return propose(session, draft_id, now=runtime.clock())


def titles(runtime: Runtime, draft_id: int) -> list[str]:
    return [each.title for each in proposal(runtime, draft_id).articles]


def act(browser: TestClient, draft_id: int, what: str, **data: object) -> str:
    """Post a form of the page; return where it leads."""
    with browser as signed_in:
        answer = signed_in.post(
            f"/console/editions/{draft_id}/prepare/{what}",
            data={key: str(value) for key, value in data.items()},
        )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_coming_edition_is_found_and_says_when_it_goes(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)

    led = browser.get("/console/newsletters/le-matin/coming").headers["location"]
    page = browser.get(led).text

    assert led == f"/console/editions/{draft_id}/prepare"
    assert "sauf si elle est retenue" in page
    assert page.index("Titre 1") < page.index("Titre 3") < page.index("Un match")
    assert browser.get(f"/console/editions/{draft_id}").headers["location"] == led
    assert led in browser.get("/console/editions").text


def test_an_editor_puts_the_edition_in_order(runtime: Runtime) -> None:
    """By the arrows, which work with a keyboard and without JavaScript."""
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    ids = {each.title: each.article.id for each in proposal(runtime, draft_id).articles}

    where = act(browser, draft_id, "up", article=ids["Titre 2"], version=0)
    act(browser, draft_id, "drop", article=ids["Titre 1"], version=1)
    act(browser, draft_id, "rewrite", article=ids["Un match"], version=2, title="Le match")

    assert where.endswith(f"#article-{ids['Titre 2']}"), "the focus stays with the article"
    assert titles(runtime, draft_id) == ["Titre 2", "Titre 3", "Le match"]
    assert "Titre 1" in browser.get(f"/console/editions/{draft_id}/prepare").text
    act(browser, draft_id, "restore", article=ids["Titre 1"], version=3)
    assert "Titre 1" in titles(runtime, draft_id)


def test_dragging_posts_the_whole_order(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    ids = [each.article.id for each in proposal(runtime, draft_id).articles][:3]

    browser.post(
        f"/console/editions/{draft_id}/prepare/order",
        data={"version": "0", "order": [str(each) for each in reversed(ids)]},
    )

    assert titles(runtime, draft_id)[:3] == ["Titre 3", "Titre 2", "Titre 1"]


def test_an_old_page_overwrites_nothing(runtime: Runtime) -> None:
    """What was typed is shown again, beside what another editor has saved meanwhile."""
    draft_id = furnish(runtime)
    first, second = an_operator(runtime), an_operator(runtime, Role.EDITOR)
    act(first, draft_id, "text", version=0, subject="Le sien")

    answer = second.post(
        f"/console/editions/{draft_id}/prepare/text", data={"version": "0", "subject": "Le mien"}
    )

    assert answer.status_code == 409
    assert "Le sien" in answer.text
    assert 'value="Le mien"' in answer.text
    assert proposal(runtime, draft_id).text.subject == "Le sien"
    act(second, draft_id, "text", version=1, subject="Le mien")
    assert proposal(runtime, draft_id).text.subject == "Le mien"


def test_a_stale_button_is_refused_with_a_sentence(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    article = proposal(runtime, draft_id).articles[0].article.id
    act(browser, draft_id, "text", version=0, subject="À la une")

    where = act(browser, draft_id, "drop", article=article, version=0)

    assert "entre-temps" in browser.get(where).text
    assert article in [each.article.id for each in proposal(runtime, draft_id).articles]


def test_it_is_held_and_approved(runtime: Runtime) -> None:
    draft_id = furnish(runtime, needs_approval=True)
    browser = an_operator(runtime)

    browser.post(f"/console/editions/{draft_id}/hold")
    held = browser.get(f"/console/editions/{draft_id}/prepare").text
    browser.post(f"/console/editions/{draft_id}/approve")
    approved = browser.get(f"/console/editions/{draft_id}/prepare").text

    assert "Retenue" in held
    assert "Approuvée par Awa Koné" in approved
    with runtime.begin() as session:
        assert get_edition(session, draft_id).held_at is None


def test_the_preview_shows_what_is_there_for_a_choice_of_sections(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    act(browser, draft_id, "text", version=0, introduction="Bonjour à tous.")

    page = browser.get(f"/console/editions/{draft_id}/prepare?section=sport&look=text").text
    frame = page.partition("<iframe")[2]
    address = frame.partition('src="')[2].partition('"')[0].replace("&amp;", "&")
    shown = browser.get(address).text

    assert "Un match" in shown
    assert "Titre 1" not in shown
    assert "Bonjour à tous." in shown


def test_an_article_from_the_archive_is_found_and_added(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    now = runtime.clock()
    with runtime.begin() as session:
        old = an_article(session, "Sport", seen=now - timedelta(days=90), title="Une légende").id

    found = browser.get(f"/console/editions/{draft_id}/prepare?find=légende").text
    act(browser, draft_id, "pin", article=old, version=0)

    assert "Une légende" in found
    assert "Une légende" in titles(runtime, draft_id)


def test_a_draft_is_sent_now_and_the_next_one_opens(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)

    answer = browser.post("/console/newsletters/le-matin/send")

    assert answer.headers["location"] == f"/console/editions/{draft_id}"
    with runtime.begin() as session:
        assert get_edition(session, draft_id).state is EditionState.PLANNED
        assert len(drafts.open_drafts(session, now=runtime.clock())) == 1


@pytest.mark.parametrize("what", ["text", "drop", "order"])
def test_who_may_only_look_changes_nothing(runtime: Runtime, what: str) -> None:
    draft_id = furnish(runtime)
    viewer = an_operator(runtime, Role.VIEWER)

    assert viewer.get(f"/console/editions/{draft_id}/prepare").status_code == 200
    answer = viewer.post(f"/console/editions/{draft_id}/prepare/{what}", data={"version": "0"})
    assert answer.status_code == 403


def test_a_newsletter_without_a_schedule_says_so(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
        assert catalogue.get(session, "le-matin").times == ()
    browser = an_operator(runtime)

    led = browser.get("/console/newsletters/le-matin/coming").headers["location"]

    assert "prochaine édition" in browser.get(led).text
