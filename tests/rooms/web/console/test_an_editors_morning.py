"""An editor's morning, in French, with the keyboard alone, on a telephone and on a desk."""

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.boot import Runtime
from service.editions import build, plan
from service.editions.find import edition_articles, get_edition
from service.web.console.auth import COOKIE
from tests.builders import an_article
from tests.conftest import FakeClock
from tests.rooms.web.console.test_browser import CHROMIUMS, PATIENCE_MS
from tests.rooms.web.console.test_prepare import furnish
from tests.rooms.web.served import served
from tests.rooms.web.signed_in import an_operator

pytestmark = pytest.mark.browser
MOST_TABS = 120


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: 'apt install chromium' lets browser tests run")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control of this name, as it is read aloud."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const it = document.activeElement;
                const label = it.labels && it.labels.length ? it.labels[0].textContent : "";
                const name = it.getAttribute("aria-label") || label || it.textContent || "";
                return name.replace(/\\u00a0|\\u202f/g, " ").trim();
            }"""
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach “{name}”")


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 1280])
def test_an_editor_prepares_the_edition_with_the_keyboard(
    runtime: Runtime, clock: FakeClock, browser: Browser, width: int
) -> None:
    draft_id = furnish(runtime, needs_approval=True)
    cookie = an_operator(runtime).cookies.get(COOKIE, path="/console") or ""
    with served(runtime) as address:
        context = browser.new_context(viewport={"width": width, "height": 844}, locale="fr")
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": f"{address}/console"}])
        page = context.new_page()
        page.goto(f"{address}/console/newsletters/le-matin/coming")

        press(page, "Descendre : Titre 1")
        press(page, "Écarter : Titre 3")
        tab_to(page, "Objet")
        page.keyboard.type("Ce matin à Abidjan")
        tab_to(page, "Introduction")
        page.keyboard.type("Bonjour à tous.")
        press(page, "Enregistrer le texte")
        expect(page.get_by_label("Introduction")).to_have_value("Bonjour à tous.")
        with runtime.begin() as session:
            an_article(
                session, "Sport", seen=clock() - timedelta(seconds=1), title="Dernière minute"
            )
        page.reload()
        expect(page.get_by_role("link", name="Dernière minute")).to_be_visible()
        press(page, "Approuver")
        expect(page.locator("#standing")).to_contain_text("Approuvée par Awa Koné")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()

    with runtime.begin() as session:
        plan.plan_due(session, now=clock.advance(hours=1, minutes=1))
        build.select_articles(session, draft_id, now=clock())
        build.freeze(session, draft_id, now=clock())
        titles = [each.frozen["title"] for each in edition_articles(session, draft_id)]
        text = get_edition(session, draft_id).frozen["text"]
    assert titles[:2] == ["Titre 2", "Titre 1"]
    assert set(titles[2:]) == {"Dernière minute", "Un match"}
    assert text == {"subject": "Ce matin à Abidjan", "introduction": "Bonjour à tous."}
