"""Take the README's pictures: plays the demonstration and photographs it in headless Chromium.

`make pictures` runs it. It needs a Chromium on the machine; everything else is the demo's own.
"""

import os
import shutil
import sys
from pathlib import Path
from tempfile import gettempdir

from playwright.sync_api import Browser, Page, sync_playwright

from service.accounts import one_time_links
from service.accounts.one_time_links import NewOperator
from service.boot import Runtime
from service.cli.demo import prepare_demo
from service.devkit import embedded_claims
from service.devkit.demo import scenario
from service.devkit.demo.fixtures import MATIN
from service.devkit.processes import Supervisor
from service.editions.find import recent_editions
from service.newsletters import catalogue

HERE = Path(__file__).parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
OPERATOR = NewOperator(
    name="Ama Koffi",
    address="ama@golfe.example.org",
    password="une phrase assez longue",  # noqa: S106  It lives as long as the pictures take.
)
DESKTOP, PHONE = (1200, 900), (390, 844)


def main() -> None:
    """Play, photograph, stop."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        sys.exit("There is no Chromium on this machine: install it, then take the pictures again.")
    with (
        embedded_claims.temporary_data_dir() as folder,
        prepare_demo(folder, once=True) as show,
        (Path(gettempdir()) / f"pictures-{os.getpid()}.log").open("w") as out,
        Supervisor(show.commands, out=out),
        sync_playwright() as playwright,
    ):
        scenario.run_scenario(
            scenario.ScenarioContext(runtime=show.runtime, inbox=show.inbox, say=print)
        )
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        public_url = show.runtime.settings.public_url
        _take(browser, "form", f"{public_url}/n/{MATIN.slug}", DESKTOP)
        _take(browser, "form-phone", f"{public_url}/n/{MATIN.slug}", PHONE)
        _take(browser, "inbox", show.scene.inbox_url, DESKTOP)
        mail = show.inbox.mails_to("aya@lecteurs.example.org")[-1]["id"]
        html = f"{show.scene.inbox_url}/mails/{mail}/html"
        _take(browser, "digest", html, (700, 1600))
        _take(browser, "digest-phone", html, (390, 1400))
        _take(browser, "digest-dark", html, (700, 1600), scheme="dark")
        _take_console(browser, show.runtime, public_url)
        browser.close()


def _take(
    browser: Browser, name: str, url: str, size: tuple[int, int], *, scheme: str = "light"
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="fr",
    )
    page = context.new_page()
    page.goto(url)
    _shoot(page, name)
    context.close()


def _take_console(browser: Browser, runtime: Runtime, public_url: str) -> None:
    with runtime.begin() as session:
        secret = one_time_links.make_first_owner_link(session, runtime.clock())
        assert secret is not None
        one_time_links.redeem_link(session, secret, OPERATOR, now=runtime.clock())
        # The other newsletter ends with an edition whose only article was withdrawn.
        matin = catalogue.get(session, MATIN.slug)
        edition = recent_editions(session, matin.id)[0].id
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr")
    page = context.new_page()
    page.goto(f"{public_url}/console/sign-in")
    page.locator("input[type=email]").fill(OPERATOR.address)
    page.locator("input[type=password]").fill(OPERATOR.password)
    page.locator("form button").first.click()
    page.goto(f"{public_url}/console")
    _shoot(page, "console")
    page.goto(f"{public_url}/console/editions/{edition}")
    _shoot(page, "console-edition")
    page.goto(f"{public_url}/console/newsletters/{MATIN.slug}/edit")
    _shoot(page, "console-newsletter")
    context.close()


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    main()
