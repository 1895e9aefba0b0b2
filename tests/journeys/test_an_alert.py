"""Breaking news, from the publisher's event to the readers, and to the digest that follows."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys
from service.boot import Runtime
from service.editions import plan
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.web.app import make_app
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.sink import Sink
from workers import build_edition, send_edition

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
READERS: dict[str, dict[str, Any]] = {
    # Alerts of everything; of culture only; none; of everything, from where it is night.
    "awa@example.org": {"alerts": True},
    "culture@example.org": {"alerts": True, "mask": 0b10},
    "calm@example.org": {},
    "night@example.org": {"alerts": True, "zone": "America/New_York"},
}


class Publisher:
    """A site that tells of its articles, and the daemons behind it."""

    def __init__(self, runtime: Runtime, client: TestClient) -> None:
        self._runtime, self._client = runtime, client
        with runtime.begin() as session:
            key = api_keys.create_key(
                session, name="site", scopes=[api_keys.ApiKeyScope.EVENTS], now=runtime.clock()
            )
        self._headers = {"Authorization": f"Bearer {key}"}

    def publish(self, section: str, title: str, **article: Any) -> list[dict[str, Any]]:
        """Tell of an article; return the alerts that it made."""
        told = {"title": title, "section": section, "id": title, "language": "fr", **article}
        told["url"] = f"https://courrier.example/{len(title)}"
        answer = self._client.post(
            "/api/v1/events/articles",
            json={"type": "published", "article": told},
            headers=self._headers,
        )
        assert answer.status_code == 200
        return list(answer.json()["alerts"])

    def work(self) -> None:
        """Run the jobs that wait, and those that they make, as workers do."""
        actors = {BUILD_EDITION.name: build_edition.run, SEND_EDITION.name: send_edition.run}
        while True:
            with self._runtime.begin() as session:
                found = outbox.dequeue_due(session, now=self._runtime.clock())
            if not found:
                return
            for each in found:
                if each.job in actors:
                    actors[each.job](self._runtime, **each.args)


@pytest.fixture
def publisher(runtime: Runtime) -> Iterator[Publisher]:
    with TestClient(make_app(runtime)) as client:
        yield Publisher(runtime, client)


def titles(sink: Sink, address: str) -> list[str]:
    return [str(each.mail["subject"]) for each in sink.to(address)]


def test_breaking_news_reaches_those_who_chose_it_and_is_not_repeated_to_them(
    runtime: Runtime, publisher: Publisher, sink: Sink, clock: FakeClock
) -> None:
    """It is six in the morning in London, and one at night in New York."""
    with runtime.begin() as session:
        paper = a_newsletter(
            session, "Politique", "Culture", now=clock(), days=EVERY_DAY, times=(time(9),),
            time_zone="UTC", offers_alerts=True, quiet_from=time(22), quiet_to=time(5),
        )  # fmt: skip
        for address, choice in READERS.items():
            a_reader(session, paper, now=clock(), address=address, **choice)

    [alert] = publisher.publish("Politique", "Le gouvernement tombe", breaking=True)
    publisher.work()

    assert alert["state"] == "now"
    assert titles(sink, "awa@example.org") == ["Le gouvernement tombe"]
    assert [titles(sink, each) for each in list(READERS)[1:]] == [[], [], []]
    [message] = sink.to("awa@example.org")
    assert "choisi les alertes" in " ".join(message.mail.as_string().split())

    # Told again, corrected, told once more: no reader is woken twice.
    assert publisher.publish("Politique", "Le gouvernement tombe", breaking=True) == []
    publisher.publish("Culture", "Le musée rouvre demain")
    with runtime.begin() as session:
        plan.plan_due(session, now=clock.advance(hours=3, minutes=1))
    publisher.work()

    assert titles(sink, "awa@example.org") == ["Le gouvernement tombe", "Le musée rouvre demain"]
    assert titles(sink, "culture@example.org") == ["Le musée rouvre demain"]
    assert titles(sink, "calm@example.org") == ["Le gouvernement tombe"]
    digests = {each: sink.to(each)[-1].raw for each in READERS}
    assert b"gouvernement" not in digests["awa@example.org"]
    assert b"gouvernement" in digests["calm@example.org"]
    # A reader whose quiet hours have not ended has not had the alert: nothing is lost.
    assert b"gouvernement" in digests["night@example.org"]
