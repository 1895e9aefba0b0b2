"""In a real browser: the proof of work is found and the form sent; without scripts it is told."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from service.boot import Runtime
from service.web.reader import signup_limits
from tests.rooms.web.console.test_browser import CHROMIUMS, PATIENCE_MS
from tests.rooms.web.reader.conftest import Back
from tests.rooms.web.served import served

pytestmark = pytest.mark.browser
CARRIER = {"x-forwarded-for": "203.0.113.9"}


@pytest.fixture
def address(runtime: Runtime, back: Back) -> Iterator[str]:
    """The readers' pages, for a network that has used up its budget."""
    for _ in range(signup_limits.BASE_LIMIT):
        runtime.redis_store.allow("signup:203.0.113.0/24", limit=20, per=signup_limits.AN_HOUR)
    with served(runtime) as found:
        yield found


@pytest.fixture
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: 'apt install chromium' lets browser tests run")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("page_path", ["/n/le-matin", "/n/le-matin/embed"])
def test_the_form_sends_itself_once_the_sum_is_done(
    chromium: Browser, address: str, back: Back, page_path: str
) -> None:
    page = chromium.new_page(extra_http_headers=CARRIER, viewport={"width": 320, "height": 700})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Security" in said.text else None,
    )
    page.goto(address + page_path)
    page.get_by_label("e-mail").fill("awa@example.org")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("boîte de réception")
    assert complaints == []
    assert [kind for kind, _ in back.mails()] == ["confirm"]


def test_without_scripts_the_page_says_what_to_do(
    chromium: Browser, address: str, back: Back
) -> None:
    page = chromium.new_context(java_script_enabled=False, extra_http_headers=CARRIER).new_page()
    page.goto(f"{address}/n/le-matin")
    page.get_by_label("e-mail").fill("awa@example.org")
    page.get_by_role("button").click()

    expect(page.get_by_role("status")).to_contain_text("Réessayez dans une heure")
    assert back.mails() == []
