"""In a real browser: the live preview, the rows, the progress, and no complaint of the policy."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Dialog, Page, expect, sync_playwright
from sqlalchemy import update

from service.accounts import operators, sessions
from service.accounts.roles import Role
from service.articles.feeds import poll
from service.boot import Runtime
from service.delivery.workflow import advance
from service.editions import control, drafts, plan
from service.editions.tables import Edition
from service.kit.translatable import verbatim
from service.newsletters import catalogue
from service.web.console.auth import COOKIE
from tests.builders import a_newsletter
from tests.coming_edition import a_coming_edition_at
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import an_issue, send, send_deps
from tests.rooms.web.served import served

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
pytestmark = pytest.mark.browser
# Of the page's links, those to pages of the console: no downloads.
LINKED_PAGES = """() => [...document.querySelectorAll('a[href^="/console/"]:not([download])')]
    .map(link => new URL(link.href).pathname)
    .filter(path => !/\\.\\w+$/.test(path))"""
PATIENCE_MS = 30_000
"""Playwright waits five seconds, and a page that hears of nothing looks after two and a half."""


@pytest.fixture
def address(runtime: Runtime) -> Iterator[str]:
    """The console, served on a free port."""
    with served(runtime) as found:
        yield found


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(runtime: Runtime, address: str, complaints: list[str]) -> Iterator[Page]:
    """A narrow page of a signed-in operator."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: 'apt install chromium' lets browser tests run")
    expect.set_options(timeout=PATIENCE_MS)
    now = runtime.clock()
    with runtime.begin() as session:
        operator = operators.add(
            session, address="awa@example.org", name="Awa", role=Role.OWNER, now=now
        )
        secret = sessions.open_session(session, operator.id, now=now)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 360, "height": 760}, locale="fr")
        context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{address}/console"}])
        opened = context.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        yield opened
        context.close()
        browser.close()


def test_the_picker_shows_the_next_runs_while_one_types(
    page: Page, address: str, complaints: list[str]
) -> None:
    page.goto(f"{address}/console/newsletters/new")
    runs = page.locator("#next-runs")
    expect(runs).to_contain_text("Aucun départ prévu")

    page.locator("input[name=days]").nth(4).check(force=True)
    page.locator("input[name=times]").first.fill("07:05")

    # It is Wednesday 8 February 2023.
    expect(runs).to_contain_text("vendredi 10 février 07:05")
    expect(runs.locator("li")).to_have_count(5)
    assert complaints == []


def test_the_form_grows_and_suggests_the_slug(
    page: Page, address: str, complaints: list[str]
) -> None:
    page.goto(f"{address}/console/newsletters/new")
    rows = page.locator("input[name=section_name]")
    count = rows.count()

    page.fill("#name", "Œuvres & Débats")
    page.locator("[data-add-row]").first.click()
    rows.nth(0).fill("Politique")
    rows.nth(1).fill("Sport")
    page.locator("[data-move-up]").nth(1).click()

    expect(page.locator("#slug")).to_have_value("oeuvres-debats")
    expect(rows).to_have_count(count + 1)
    expect(page.locator("#section-1")).to_have_value("Sport")
    expect(page.locator("#section-2")).to_have_value("Politique")
    assert complaints == []


def test_articles_and_preview_appear_while_the_page_is_open(
    page: Page, address: str, runtime: Runtime, clock: FakeClock, complaints: list[str]
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    page.goto(f"{address}/console/editions/{issue.edition_id}")
    expect(page.locator("#articles-part")).to_contain_text("Articles (0)")
    expect(page.locator("iframe.look")).to_have_count(0)

    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=clock, public_url="http://crieur.test"
    )

    expect(page.locator("#articles-part")).to_contain_text("Articles (3)")
    expect(page.locator("iframe.look")).to_have_count(1)
    expect(page.frame_locator("iframe.look").locator("h1")).to_be_visible()
    assert complaints == []


def test_the_progress_follows_an_edition_to_its_end(
    page: Page, address: str, runtime: Runtime, complaints: list[str]
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        edition = plan.plan_now(session, newsletter.id, now=runtime.clock())
    page.goto(f"{address}/console/editions/{edition.id}")
    expect(page.locator(".standing")).to_contain_text("Prévue")

    with runtime.begin() as session:
        session.execute(update(Edition).values(state="skipped", finished_at=runtime.clock()))

    expect(page.locator(".standing")).to_contain_text("Pas envoyée")
    expect(page.locator("[data-live]")).to_have_count(0)
    assert complaints == []


def test_a_send_is_followed_paused_and_continued_without_a_reload(
    page: Page, address: str, runtime: Runtime, clock: FakeClock, complaints: list[str]
) -> None:
    issue = an_issue(runtime.begin, clock)
    page.goto(f"{address}/console/editions/{issue.edition_id}")
    expect(page.locator(".standing")).to_contain_text("0 sur 3")
    page.evaluate("window.isTheSame = true")

    with runtime.begin() as session:
        control.pause(session, issue.edition_id, now=clock.now, note=verbatim("Too hot."))

    expect(page.locator(".stopped")).to_contain_text("Too hot.")
    expect(page.locator("#said")).to_have_text("En pause. Too hot.")
    assert page.evaluate("window.isTheSame")
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_role("button", name="Mettre en pause")).to_be_visible()
    with Relay() as relay, ThreadPoolExecutor(1) as worker:
        # This thread has Playwright's event loop.
        worker.submit(send, issue, send_deps(runtime.begin, clock, relay.url)).result()
    expect(page.locator(".standing")).to_contain_text("Terminée")
    expect(page.locator("[data-live]")).to_have_count(0)
    assert complaints == []


def test_a_page_whose_stream_is_refused_asks_by_itself(
    page: Page, address: str, runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    page.route("**/live", lambda route: route.fulfill(status=429))
    page.goto(f"{address}/console/editions/{issue.edition_id}")

    with runtime.begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)

    expect(page.locator("#said")).to_have_text("En pause.")


def test_no_page_is_wider_than_the_narrowest_telephone(
    page: Page, address: str, runtime: Runtime, complaints: list[str]
) -> None:
    """WCAG 1.4.10 asks for 320 px. One page of each kind that links lead to: new ones, too."""
    now = runtime.clock()
    with runtime.begin() as session:
        a_coming_edition_at(session, now=now)
        newsletter = catalogue.get(session, "le-matin")
        plan.plan_now(session, newsletter.id, now=now)
        drafts.open_drafts(session, now=now)
        poll.add_feed(session, "https://site.example/feed", newsletter_id=newsletter.id, now=now)
    page.set_viewport_size({"width": 320, "height": 760})

    widths: dict[str, int] = {}
    waiting = ["/console"]
    while waiting:
        path = waiting.pop()
        if (kind := re.sub(r"\d+", "N", path)) in widths:
            continue
        page.goto(f"{address}{path}")
        widths[kind] = page.evaluate("document.documentElement.scrollWidth")
        waiting += page.evaluate(LINKED_PAGES)

    assert {kind: width for kind, width in widths.items() if width > 320} == {}
    assert "/console/editions/N/prepare" in widths
    assert complaints == []


def test_a_form_that_was_typed_into_is_not_left_without_a_question(
    page: Page, address: str, complaints: list[str]
) -> None:
    """A stray click on the navigation lost everything; the language switch, too."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{address}/console/newsletters/new")
    page.locator(".main-nav a").first.click()
    page.wait_for_url(f"{address}/console")
    page.goto(f"{address}/console/newsletters/new")

    page.fill("#name", "À demi")
    page.locator(".main-nav a").first.click()
    expect(page.locator("#name")).to_have_value("À demi")
    page.locator(".me button[name=speak]").click()

    expect(page.locator("h1")).to_have_text("New newsletter")
    expect(page.locator("#name")).to_have_value("À demi")
    assert asked == ["beforeunload"]
    assert complaints == []


def test_what_is_wrong_has_the_focus(page: Page, address: str) -> None:
    page.goto(f"{address}/console/newsletters/new")
    page.locator(".actions button[value=save]").click()

    expect(page.locator(".errors")).to_be_focused()
    expect(page).to_have_title("Erreur – Nouvelle newsletter – Crieur")
    page.locator(".errors a").first.click()
    expect(page.locator("#name")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "field", "sent_to"),
    [("rules", "pattern", "rules"), ("feeds", "url", "feeds/find"), ("edit", "name", "edit")],
)
def test_the_enter_key_sends_the_form_and_keeps_the_language(
    page: Page, runtime: Runtime, address: str, path: str, field: str, sent_to: str
) -> None:
    """The language switch is a button of the form, and stands above it."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    newsletter = f"{address}/console/newsletters/le-matin"
    page.goto(f"{newsletter}/{path}")
    box = page.locator(f"main input[name={field}]")
    box.fill("/sport/")

    with page.expect_request(lambda sent: sent.method == "POST") as posted:
        box.press("Enter")

    assert posted.value.url == f"{newsletter}/{sent_to}"
    assert "speak=" not in (posted.value.post_data or "")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
