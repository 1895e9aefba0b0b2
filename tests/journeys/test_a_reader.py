"""One reader, from the form to leaving, in a real browser against real daemons."""

import http.client
import json
import re
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from service.accounts import api_keys
from service.boot import Runtime
from service.devkit.demo.environment import DemoEnvironment
from service.devkit.demo.inbox_view import InboxView, wait_until
from service.editions import plan
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit.errors import Conflict
from service.newsletters import catalogue
from service.newsletters.draft import NewsletterDraft
from service.reports.ledger import get_ledger
from tests.builders import a_draft

READER = "awa@lecteurs.example.org"
PATIENCE = 90


@pytest.mark.browser
@pytest.mark.timeout(480)
def test_a_reader_signs_up_reads_chooses_and_leaves(
    scene: DemoEnvironment, wired: Runtime, inbox: InboxView, page: Page
) -> None:
    publisher = _Publisher(scene, wired, a_draft("Continent", "Culture"))

    page.goto(f"{scene.settings.public_url}/n/le-matin")
    page.get_by_label("adresse", exact=False).first.fill(READER)
    page.get_by_label("Culture").uncheck()
    page.get_by_role("button").click()
    _read_in_inbox(page, scene, inbox, "/confirm/")
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()
    # It leaves by itself, and might come behind the edition.
    wait_until("the welcome", lambda: len(inbox.mails_to(READER)) > 1 or None, patience=PATIENCE)

    publisher.publish("Continent", "Le fleuve est rouvert aux pirogues")
    publisher.publish("Culture", "Un conteur remplit le stade")
    publisher.send()
    mail = _newest(inbox)
    assert "Le fleuve est rouvert" in mail["html"]
    assert "Un conteur remplit" not in mail["html"]

    page.goto(f"{scene.inbox_url}/mails/{mail['id']}?view=phone")
    headline = page.frame_locator("iframe").get_by_role("heading", level=3)
    expect(headline).to_have_text("Le fleuve est rouvert aux pirogues")
    page.goto(_link(mail, "/preferences/"))
    page.get_by_label("Continent").uncheck()
    page.get_by_label("Culture").check()
    page.get_by_role("button").first.click()
    expect(page.get_by_role("status")).to_be_visible()

    publisher.publish("Continent", "La piste de Gorom est balisée")
    publisher.publish("Culture", "La kora entre au musée")
    publisher.send()
    mail = _newest(inbox)
    assert "La kora entre au musée" in mail["html"]
    assert "La piste de Gorom" not in mail["html"]

    headers = {name.lower(): value for name, value in mail["headers"]}
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    one_click = re.findall(r"<(http[^>]+)>", headers["list-unsubscribe"])[0]
    assert _post_one_click(one_click) == 200

    count = len(inbox.mails_to(READER))
    publisher.publish("Culture", "Le festival des masques revient")
    last = publisher.send()
    with wired.begin() as session:
        assert get_ledger(session, last).candidates == 0
    assert len(inbox.mails_to(READER)) == count


class _Publisher:
    """A newsletter, its site's events, and an operator who sends by hand."""

    def __init__(self, scene: DemoEnvironment, wired: Runtime, draft: NewsletterDraft) -> None:
        self._scene = scene
        self._wired = wired
        with wired.begin() as session:
            newsletter = catalogue.create(session, draft, now=wired.clock())
            self._newsletter_id = newsletter.id
            self._key = api_keys.create_key(
                session, name="site", scopes=[api_keys.ApiKeyScope.EVENTS], now=wired.clock()
            )

    def publish(self, section: str, title: str) -> None:
        """Tell Crieur of an article, as the publisher's system does."""
        slug = re.sub(r"\W+", "-", title.lower())
        event = {
            "type": "published",
            "article": {
                "url": f"https://courrier.example.org/{slug}",
                "title": title,
                "section": section,
                "summary": f"{title} : les détails.",
                "language": "fr",
            },
        }
        request = Request(
            f"{self._scene.settings.public_url}/api/v1/events/articles",
            data=json.dumps({"events": [event]}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self._key}",
            },
        )
        with urlopen(request, timeout=30) as answer:
            assert answer.status in {200, 201, 202}

    def send(self) -> int:
        """Send now, and return the edition's id when its books are closed."""

        def start() -> int | None:
            try:
                with self._wired.begin() as session:
                    now = self._wired.clock()
                    return plan.plan_now(session, self._newsletter_id, now=now).id
            except Conflict:
                return None  # Two editions in one second are taken for a double click.

        edition_id = wait_until("another second than the last edition's", start, patience=PATIENCE)

        def is_finished() -> bool | None:
            with self._wired.begin() as session:
                return get_edition(session, edition_id).state == EditionState.FINISHED or None

        wait_until("the edition's end", is_finished, patience=PATIENCE)
        return edition_id


def _read_in_inbox(page: Page, scene: DemoEnvironment, inbox: InboxView, part: str) -> None:
    """Open the newest mail in the inbox's pages, then follow its link."""
    mails = wait_until("a mail", lambda: inbox.mails_to(READER) or None, patience=PATIENCE)
    number = int(mails[-1]["id"])
    page.goto(f"{scene.inbox_url}/")
    page.get_by_text(mails[-1]["subject"]).first.click()
    expect(page).to_have_url(re.compile(rf"/mails/{number}"))
    page.goto(inbox.link(number, part))


def _newest(inbox: InboxView) -> dict[str, Any]:
    return inbox.get_message(int(inbox.mails_to(READER)[-1]["id"]))


def _link(mail: dict[str, Any], part: str) -> str:
    return str(next(link["href"] for link in mail["links"] if part in link["href"]))


def _post_one_click(address: str) -> int:
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.request(
        "POST",
        url.path,
        body="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    status = connection.getresponse().status
    connection.close()
    return status
