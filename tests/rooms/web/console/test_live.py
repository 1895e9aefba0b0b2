"""The stream of an edition's page, from a real server."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, text

from service.accounts import operators, sessions
from service.accounts.roles import Role
from service.boot import Runtime
from service.editions import control
from service.kit.db import make_begin, make_engine
from service.web.console import live
from service.web.console.auth import COOKIE
from service.web.serve import make_server
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import Issue, an_issue, send, send_deps

PATIENCE = 20
END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class Stream:
    """One open page's stream."""

    connection: http.client.HTTPConnection
    answer: http.client.HTTPResponse

    def lines(self) -> Iterator[str]:
        while line := self.answer.readline():
            yield line.decode().rstrip("\n")

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first standing of this kind."""
        for line in self.lines():
            if line.startswith("data: ") and is_it(found := json.loads(line[6:])):
                assert isinstance(found, dict)
                return found
        raise AssertionError("the stream has ended")


@dataclass
class Window:
    """A signed-in operator's browser, and the server it talks to."""

    port: int
    cookie: str

    def get(self, path: str) -> int:
        """Return the status of a page."""
        with self._asking(path) as (_, answer):
            return answer.status

    @contextmanager
    def following(self, issue: Issue) -> Iterator[Stream]:
        with self._asking(f"/console/editions/{issue.edition_id}/live") as (connection, answer):
            assert answer.status == 200
            yield Stream(connection, answer)

    @contextmanager
    def _asking(
        self, path: str
    ) -> Iterator[tuple[http.client.HTTPConnection, http.client.HTTPResponse]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers={"cookie": self.cookie})
        answer = connection.getresponse()
        try:
            yield connection, answer
        finally:
            answer.close()
            connection.close()


@pytest.fixture
def window(runtime: Runtime) -> Iterator[Window]:
    now = runtime.clock()
    with runtime.begin() as session:
        operator = operators.add(
            session, address="awa@example.org", name="Awa", role=Role.OWNER, now=now
        )
        secret = sessions.open_session(session, operator.id, now=now)
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = make_server(runtime)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield Window(port=door.getsockname()[1], cookie=f"{COOKIE}={secret}")
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_page_hears_of_a_send_and_of_its_end(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    issue = an_issue(runtime.begin, clock)
    with window.following(issue) as stream, Relay() as relay:
        headers = {name.lower(): value for name, value in stream.answer.getheaders()}
        first = stream.until(lambda _: True)
        send(issue, send_deps(runtime.begin, clock, relay.url))
        last = stream.until(lambda found: found["over"])
        rest = list(stream.lines())

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    assert first["said"] == "En cours d’envoi\u00a0: 0\u00a0%"
    assert "0 sur 3" in first["parts"]["progress"]
    assert last["said"] == "Terminée"
    assert [line for line in rest if line] == []


def test_a_decision_is_on_every_open_page_within_two_seconds(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    """A page that hears of nothing looks by itself after two and a half seconds, each time.

    A busy machine may be late itself, so the quickest of a few decisions counts.
    """
    issue = an_issue(runtime.begin, clock)
    took = []
    with window.following(issue) as one, window.following(issue) as other:
        one.until(lambda _: True)
        other.until(lambda _: True)
        for act, then in (("pause", "/resume"), ("resume", "/pause")) * 2:
            with runtime.begin() as session:
                getattr(control, act)(session, issue.edition_id, now=clock.now)
            decided = time.monotonic()
            for stream in (one, other):
                stream.until(lambda found, then=then: then in found["parts"]["acts"])  # type: ignore[misc]
            took.append(time.monotonic() - decided)

    assert min(took) < 2


def test_all_pages_of_a_process_share_one_listening_connection(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    issue = an_issue(runtime.begin, clock)
    with window.following(issue) as one, window.following(issue) as two:
        # The first look is there before the ear is; what both have heard of comes later.
        wait_until(lambda: listening(runtime) > 0)
        with runtime.begin() as session:
            control.pause(session, issue.edition_id, now=clock.now)
        for stream in (one, two):
            stream.until(lambda found: "/resume" in found["parts"]["acts"])

        assert listening(runtime) == 1


def test_the_stream_goes_on_when_the_database_comes_back(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    issue = an_issue(runtime.begin, clock)
    with window.following(issue) as stream:
        stream.until(lambda _: True)
        with another_process(runtime) as engine:
            with engine.connect() as connection:
                connection.execute(END_ALL_OTHERS)
            with make_begin(engine)() as session:
                control.pause(session, issue.edition_id, now=clock.now)

        assert "/resume" in stream.until(lambda found: "pause" in found["said"])["parts"]["acts"]


def test_whoever_is_not_signed_in_gets_no_stream(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    issue = an_issue(runtime.begin, clock)
    stranger = Window(port=window.port, cookie="nothing=1")

    assert stranger.get(f"/console/editions/{issue.edition_id}/live") == 303
    assert window.get("/console/editions/99/live") == 404
    assert window.get("/console/editions/none/live") == 404


def test_one_operator_cannot_take_all_the_places(
    runtime: Runtime, clock: FakeClock, window: Window
) -> None:
    issue = an_issue(runtime.begin, clock)
    with ExitStack() as pages:
        for _ in range(live.MAX_STREAMS_PER_OPERATOR):
            pages.enter_context(window.following(issue)).until(lambda _: True)

        refused = window.get(f"/console/editions/{issue.edition_id}/live")
        still = window.get(f"/console/editions/{issue.edition_id}/progress")

    assert (refused, still) == (429, 200)


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def listening(runtime: Runtime) -> int:
    """Count the connections whose last statement was LISTEN."""
    with another_process(runtime) as engine, engine.connect() as connection:
        count: int = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND query ILIKE 'listen %'"
            )
        ).scalar_one()
    return count


@contextmanager
def another_process(runtime: Runtime) -> Iterator[Engine]:
    """Come to the database as another process does, with connections of its own."""
    engine = make_engine(runtime.engine.url.render_as_string(hide_password=False))
    try:
        yield engine
    finally:
        engine.dispose()
