"""Two subjects for a thousand readers: a sample, clicks, a decision, and the winner to the rest.

Real daemons, an inbox that takes every message, and clicks by HTTP as browsers make them.
"""

import contextlib
import http.client
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import text

from service.accounts import api_keys
from service.boot import Runtime
from service.devkit.demo import browser
from service.devkit.demo.environment import DemoEnvironment
from service.devkit.demo.inbox_view import InboxView, wait_until
from service.editions import build, plan
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.newsletters import catalogue
from service.reports.ledger import get_ledger
from tests.builders import a_draft, an_article
from tests.conftest import FakeClock
from tests.subject_tests import add_readers

READERS = 1_000
PATIENCE = 120
OWN, OTHER = "Le fleuve est rouvert", "Les pirogues repartent"


@pytest.mark.timeout(480)
def test_a_thousand_readers_test_two_subjects_and_nobody_gets_two_messages(
    scene: DemoEnvironment, wired: Runtime, inbox: InboxView
) -> None:
    edition_id, api = _an_edition(scene, wired)
    plan_of_test = {"second_subject": OTHER, "sample_percent": 30, "wait_minutes": 15}
    api("PUT", f"/editions/{edition_id}/subject-test", plan_of_test, **{"If-Match": '"0"'})
    api("POST", f"/editions/{edition_id}/approve", None)

    sizes = wait_until("the sample", lambda: _sample_if_sent(wired, edition_id), patience=PATIENCE)
    first, second = _mails(inbox, OWN), _mails(inbox, OTHER)
    assert (len(first), len(second)) == sizes
    for number, mail in enumerate([*first[:3], *second[:25]]):
        assert _click(inbox, mail, visitor=number) == 302

    shown = api("GET", f"/editions/{edition_id}", None)["subject_test"]
    assert shown["state"] == "running"
    assert (shown["first"]["events"], shown["second"]["events"]) == (3, 25)

    with wired.begin() as session:
        session.execute(text("UPDATE subject_test SET decides_at = now()"))
    wait_until("the edition's end", lambda: _is_finished(wired, edition_id), patience=PATIENCE)

    found = api("GET", f"/editions/{edition_id}", None)["subject_test"]
    assert (found["state"], found["winner"], found["outcome"]) == ("decided", "second", "clear")
    recipients = Counter(mail["envelope"]["to"][0] for mail in _mails(inbox))
    assert len(recipients) == READERS
    assert set(recipients.values()) == {1}
    assert len(_mails(inbox, OTHER)) == READERS - sizes[0]
    with wired.begin() as session:
        ledger, edition = get_ledger(session, edition_id), get_edition(session, edition_id)
    assert (ledger.accepted, ledger.balanced) == (READERS, True)
    assert edition.subject == OTHER
    with urlopen(f"{scene.settings.public_url}/e/{edition.key}", timeout=30) as page:
        assert f"<title>{OTHER}</title>" in page.read().decode()


def _an_edition(scene: DemoEnvironment, wired: Runtime) -> tuple[int, Any]:
    """Return a held edition for a thousand readers, and how to call the API."""
    now = wired.clock()
    with wired.begin() as session:
        newsletter = catalogue.create(session, a_draft("Continent"), now=now)
        an_article(
            session,
            "Continent",
            seen=now,
            title=OWN,
            url="https://courrier.example.org/le-fleuve",
        )
        add_readers(session, newsletter.id, READERS, clock=FakeClock(now))
        edition_id = plan.plan_now(session, newsletter.id, now=wired.clock(), held=True).id
        build.select_articles(session, edition_id, now=now)
        key = api_keys.create_key(
            session, name="desk", scopes=[api_keys.ApiKeyScope.WRITE_EDITIONS], now=now
        )

    def call(method: str, path: str, body: object, **headers: str) -> dict[str, Any]:
        request = Request(
            f"{scene.settings.public_url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {key}",
                **headers,
            },
        )
        with urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    return edition_id, call


def _sample_if_sent(wired: Runtime, edition_id: int) -> tuple[int, int] | None:
    with wired.begin() as session:
        row = session.execute(
            text(
                "SELECT count(*) FILTER (WHERE sample = 1), count(*) FILTER (WHERE sample = 2), "
                "count(*) FILTER (WHERE sample IS NOT NULL AND state <> 'accepted'), "
                "count(*) FILTER (WHERE sample IS NULL AND state <> 'pending') "
                "FROM delivery WHERE edition_id = :edition"
            ),
            {"edition": edition_id},
        ).one()
    assert row[3] == 0, "the others wait"
    return (row[0], row[1]) if row[0] and not row[2] else None


def _is_finished(wired: Runtime, edition_id: int) -> bool | None:
    with wired.begin() as session:
        return get_edition(session, edition_id).state == EditionState.FINISHED or None


def _mails(inbox: InboxView, subject: str = "") -> list[dict[str, Any]]:
    query = {"subject": subject, "limit": 2 * READERS}
    found: list[dict[str, Any]] = browser.read_json(f"{inbox.url}/api/messages", **query)[
        "messages"
    ]
    return found


def _click(inbox: InboxView, mail: dict[str, Any], *, visitor: int) -> int:
    """Follow the first counted link of a message, from a network of its own; return the status."""
    page = inbox.get_message(mail["id"])["html"]
    link = urlsplit(re.findall(r'href="(http[^"]+/l/[^"]+)"', page)[0])
    # A proxy on this machine is trusted to say whose request it forwards.
    headers = {"User-Agent": "Mozilla/5.0 (X11)", "X-Forwarded-For": f"203.0.{visitor}.7"}
    with contextlib.closing(http.client.HTTPConnection(link.netloc, timeout=30)) as connection:
        connection.request("GET", link.path, headers=headers)
        answer = connection.getresponse()
        assert answer.headers["location"] == "https://courrier.example.org/le-fleuve"
        return answer.status
