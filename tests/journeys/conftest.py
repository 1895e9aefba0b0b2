"""A whole installation for a journey: every daemon as its own process, an inbox, a browser."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from service.boot import Runtime, build_runtime
from service.cli.daemons_all import all_daemon_commands
from service.devkit.demo.environment import DemoEnvironment, DemoServers, prepare_environment
from service.devkit.demo.inbox_view import InboxView
from service.devkit.ports import PortClaims, wait_for_port
from service.devkit.processes import Supervisor
from tests.conftest import SECRET

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE_MS = 30_000
"""How long a page may take; Playwright's five seconds are few beside all these daemons."""


@pytest.fixture
def scene(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[DemoEnvironment]:
    """Daemons and an inbox on this test's own database, until the test ends."""
    ground = DemoServers(
        database_url=database_url, redis_url=redis_url, secret=SECRET, folder=tmp_path
    )
    claims = PortClaims()
    laid = prepare_environment(ground, claims, publish_every=60, tick_seconds=0.5)
    commands = [laid.inbox(), *all_daemon_commands(laid.settings, **laid.environment())]
    # pytest shows what the daemons said when the test has failed.
    with claims, Supervisor(commands, out=sys.stderr, grace=20):
        for port in (laid.web_port, laid.inbox_port, laid.smtp_port):
            assert wait_for_port(port, patience=60)
        yield laid


@pytest.fixture
def wired(scene: DemoEnvironment) -> Iterator[Runtime]:
    """The test's own hands on the installation's database."""
    built = build_runtime(scene.settings)
    yield built
    built.close()


@pytest.fixture
def inbox(scene: DemoEnvironment) -> InboxView:
    return InboxView(scene.inbox_url)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in headless Chromium, on a telephone's screen."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: 'apt install chromium' lets browser tests run")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr")
        yield context.new_page()
        context.close()
        browser.close()
