"""How soon an alert is with its readers: from the publisher's event to the relay's replies.

Web, scheduler and worker run as in an installation. Each run sends one event with a new, breaking
article by HTTP, and waits for the sink to have a message for every reader. The clock starts before
the request is written.
"""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.devkit.bench import dataset
from service.devkit.bench.sample_edition import DRAFT, WORDS
from service.devkit.bench.stack import BenchStack, Commands, StackOptions, open_stack
from service.devkit.bench.tool_process import ToolProcess
from service.devkit.ports import HOST, free_port, wait_for_port
from service.editions.find import get_edition
from service.kit.errors import Unavailable
from service.newsletters import catalogue
from service.newsletters.limits import MOST_ALERTS
from service.reports.ledger import get_ledger

WARM_UPS = 2
MOST_RUNS = MOST_ALERTS - WARM_UPS
FIRST_WITHIN, ALL_WITHIN = 2.0, 5.0
"""Seconds at the 95th percentile to the relay's first 250, and to the last one."""
PREFERRED_PORT = 18_080
PATIENCE = 60.0
LOOK_EVERY = 0.02
REST = 0.5
"""Seconds between two alerts, in which consumers of queues fall asleep."""
P95 = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRun:
    """One alert: seconds from its event to each step."""

    answered: float
    frozen: float
    enrolled: float
    first_command: float
    first_accepted: float
    all_accepted: float


def measure_alerts(
    folder: Path, *, recipients: int, runs: int, processes: int, commands: Commands
) -> dict[str, Any]:
    """Send alerts to so many readers, one after the other; return what `--json` prints."""
    with ToolProcess("sink", []) as sink:
        port = sink.hear()["port"]
        listen = free_port(PREFERRED_PORT)
        wish = StackOptions(connections=10, processes=processes, listen=f"{HOST}:{listen}")
        with open_stack(folder, wish, port=port, commands=commands) as stack:
            publisher = _Publisher(stack, sink, port=listen, recipients=recipients)
            with (
                stack.running("web"),
                stack.running("worker"),
                stack.running("scheduler"),
            ):
                if not wait_for_port(listen, patience=PATIENCE):
                    raise Unavailable(f"The web daemon does not listen. {stack.last_words()}")
                found = [publisher.alert() for _ in range(WARM_UPS + runs)][WARM_UPS:]
    return report(found, recipients=recipients, faults=publisher.faults)


class _Publisher:
    """A publisher's system that tells of breaking articles, one after the other."""

    def __init__(self, stack: BenchStack, sink: ToolProcess, *, port: int, recipients: int) -> None:
        self._stack, self._sink, self._recipients = stack, sink, recipients
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        self._count = 0
        self.faults: list[str] = []
        draft = replace(
            DRAFT,
            slug="alerts",
            offers_alerts=True,
            alerts_merge_minutes=0,
            alerts_per_day=MOST_ALERTS,
            alerts_per_reader=MOST_ALERTS,
        )
        runtime = stack.runtime
        with runtime.begin() as session:
            newsletter = catalogue.create(session, draft, now=runtime.clock())
            self._key = api_keys.create_key(
                session, name="bench", scopes=[ApiKeyScope.EVENTS], now=runtime.clock()
            )
        dataset.write_readers(stack.url, newsletter.id, readers=recipients)
        dataset.choose_alerts(stack.url, newsletter.id)
        dataset.checkpoint(stack.url)

    def alert(self) -> AlertRun:
        """Send one event; return when each step was reached, in seconds."""
        time.sleep(REST)
        self._sink.ask("reset")
        # The database's instants are of the wall clock, the sink's of the monotonic one.
        offset = self._stack.runtime.clock().timestamp() - time.monotonic()
        began = time.monotonic()
        edition_id = self._tell_of_article()
        answered = time.monotonic()
        counts = self._wait_for_messages(edition_id)
        self._check(edition_id, counts)
        with self._stack.runtime.begin() as session:
            edition = get_edition(session, edition_id)
        frozen, enrolled = (
            at.timestamp() - offset - began if at else 0.0
            for at in (edition.frozen_at, edition.enrolled_at)
        )
        return AlertRun(
            answered=answered - began,
            frozen=frozen,
            enrolled=enrolled,
            first_command=counts["first_at"] - began,
            first_accepted=counts["first_accepted_at"] - began,
            all_accepted=counts["last_at"] - began,
        )

    def _tell_of_article(self) -> int:
        """Send the event and return the alert's edition; raise Unavailable if it made none."""
        self._count += 1
        name = f"alert-{self._count:03}"
        article = {
            "id": name,
            "url": f"https://courrier.example.org/articles/{name}",
            "title": f"Le pont du nord est fermé {name}",
            "section": DRAFT.sections[self._count % len(DRAFT.sections)].name,
            "summary": WORDS,
            "language": "fr",
            "image": {"url": f"https://courrier.example.org/{name}.jpg", "alt": "Le pont"},
            "breaking": True,
        }
        self._connection.request(
            "POST",
            "/api/v1/events/articles",
            body=json.dumps({"type": "published", "article": article}),
            headers={"authorization": f"Bearer {self._key}", "content-type": "application/json"},
        )
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != http.client.OK or not told["alerts"]:
            raise Unavailable(f"The event made no alert: {answer.status} {told}.")
        return int(told["alerts"][0]["edition"])

    def _wait_for_messages(self, edition_id: int) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while (counts := self._sink.ask("count"))["mails"] < self._recipients:
            if time.monotonic() > until:
                missing = f"{counts['mails']} of {self._recipients} messages of {edition_id}."
                raise Unavailable(f"{missing} {self._stack.last_words()}")
            time.sleep(LOOK_EVERY)
        return counts

    def _check(self, edition_id: int, counts: Mapping[str, Any]) -> None:
        """Note a fault unless the ledger says what the sink says, once the edition has ended."""
        until = time.monotonic() + PATIENCE
        while True:
            with self._stack.runtime.begin() as session:
                books = get_ledger(session, edition_id)
            if books.finished_at is not None or time.monotonic() > until:
                break
            time.sleep(LOOK_EVERY)
        if not books.balanced or not books.accepted == counts["mails"] == self._recipients:
            self.faults.append(
                f"Edition {edition_id}: {counts['mails']} of {self._recipients} messages arrived, "
                f"and {books.accepted} are in the ledger."
            )


def report(runs: Sequence[AlertRun], *, recipients: int, faults: Sequence[str]) -> dict[str, Any]:
    """Return the figures of all runs; `in_time` says whether both targets are met."""
    first = _spread([each.first_accepted for each in runs])
    last = _spread([each.all_accepted for each in runs])
    steps = {
        "answered": [each.answered for each in runs],
        "frozen": [each.frozen for each in runs],
        "enrolled": [each.enrolled for each in runs],
        "first_command": [each.first_command for each in runs],
        "first_accepted": [each.first_accepted for each in runs],
        "all_accepted": [each.all_accepted for each in runs],
    }
    return {
        "recipients": recipients,
        "runs": len(runs),
        "first_accepted_s": first,
        "all_accepted_s": last,
        "steps_s": {name: round(median(found), 3) for name, found in steps.items()},
        "in_time": first["p95"] < FIRST_WITHIN and last["p95"] < ALL_WITHIN,
        "faults": list(faults),
        "sound": not faults,
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile by the nearest rank, and the longest."""
    ordered = sorted(seconds)
    rank = max(-(-len(ordered) * round(P95 * 100) // 100), 1)
    return {
        "p50": round(median(ordered), 3),
        "p95": round(ordered[rank - 1], 3),
        "max": round(ordered[-1], 3),
    }
