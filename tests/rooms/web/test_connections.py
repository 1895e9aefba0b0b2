"""Strangers and slow clients at the web's door, on real sockets: everybody else is answered."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from service.accounts.roles import Role
from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.boot import Runtime, build_runtime
from service.config import Settings
from service.newsletters import catalogue
from service.web.app import make_app
from service.web.console.auth import COOKIE
from service.web.deps import Transaction
from service.web.request_body import KIB, MIN_RESERVATION, BodyLimits
from service.web.serve import make_server
from tests.builders import a_newsletter, a_reader
from tests.rooms.web.signed_in import an_operator

FORM = "content-type: application/x-www-form-urlencoded\r\n"
QUICK = BodyLimits(
    grace=0.5,
    bytes_per_second=4 * KIB,
    max_seconds=2.0,
    max_bytes=128 * MIN_RESERVATION,
    max_bytes_per_network=32 * MIN_RESERVATION,
)
HEAD_SECONDS = 0.5

Start = Callable[..., int]


@pytest.fixture
def start(runtime: Runtime) -> Iterator[Start]:
    """Serve with some limits; the answer is the port."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    with ExitStack() as stack:

        def started(limits: BodyLimits | None = None, *, served: Runtime = runtime) -> int:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = make_server(served, body_limits=limits, head_seconds=HEAD_SECONDS)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            return int(listening.getsockname()[1])

        yield started


def _begin(
    stack: ExitStack, port: int, path: str, *, length: int = 1000, more: str = ""
) -> socket.socket:
    """Send a head and the beginning of a body, and nothing after it."""
    opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    head = f"POST {path} HTTP/1.1\r\nhost: crieur.test\r\n{FORM}content-length: {length}\r\n"
    opened.sendall(f"{head}{more}\r\nemail=".encode())
    return opened


def _ask(
    port: int,
    method: str,
    path: str,
    body: str | bytes | None = None,
    kind: str = "application/x-www-form-urlencoded",
) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as client:
        client.request(method, path, body, {"content-type": kind, "accept-language": "en"})
        answered = client.getresponse()
        return answered.status, answered.read().decode()


def _status(opened: socket.socket) -> int:
    """Read the answer's status; 0 stands for a connection that was closed without one."""
    received = b""
    while b"\r\n" not in received:
        try:
            got = opened.recv(4096)
        except ConnectionError:
            return 0
        if not got:
            return 0
        received += got
    return int(received.split()[1])


def _idle_transactions(runtime: Runtime) -> int:
    with runtime.begin() as session:
        found = session.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE state LIKE 'idle in%' AND datname = current_database()"
            )
        )
        return int(found.scalar_one())


def _way_out(runtime: Runtime) -> str:
    with runtime.begin() as session:
        newsletter = catalogue.get(session, "le-matin")
        found = a_reader(session, newsletter, now=runtime.clock())
        reader = ReaderToken(
            newsletter_id=newsletter.id, edition_id=0, subscriber_id=found.subscriber_id
        )
    return f"/unsubscribe/{reader_token.sign_reader_token(runtime.keyring, reader)}"


def test_unfinished_bodies_everywhere_leave_readers_and_one_click_their_places(
    start: Start, runtime: Runtime
) -> None:
    port, way_out = start(), _way_out(runtime)
    viewer = an_operator(runtime, Role.VIEWER)
    cookie = f"cookie: {COOKIE}={viewer.cookies[COOKIE]}\r\n"
    with ExitStack() as stack:
        for _ in range(24):
            _begin(stack, port, "/console/account/language", more=cookie)
            for path in ("/n/le-matin", way_out, "/console/sign-in", "/api/v1/events/articles"):
                _begin(stack, port, path)

        began = time.monotonic()
        page = _ask(port, "GET", "/n/le-matin")
        left = _ask(port, "POST", way_out, "List-Unsubscribe=One-Click")
        took = time.monotonic() - began

    assert (page[0], left) == (200, (200, "Unsubscribed.\n"))
    assert took < 5


def test_no_connection_to_the_database_waits_for_a_body(start: Start, runtime: Runtime) -> None:
    port = start()
    with ExitStack() as stack:
        for _ in range(20):
            _begin(stack, port, "/n/le-matin")
        assert _ask(port, "GET", "/n/le-matin")[0] == 200
        # The page is answered a moment before its own transaction ends; the bodies stay open.
        deadline = time.monotonic() + BodyLimits().grace
        while open_ones := _idle_transactions(runtime):
            assert time.monotonic() < deadline, open_ones


def test_a_body_that_never_ends_is_told_so_and_hung_up_on(start: Start) -> None:
    port = start(QUICK)
    with ExitStack() as stack:
        opened = _begin(stack, port, "/n/le-matin")

        assert _status(opened) == 408
        while opened.recv(4096):
            pass


def test_a_body_that_drips_is_too_slow(start: Start) -> None:
    port = start(QUICK)
    with ExitStack() as stack:
        opened = _begin(stack, port, "/n/le-matin")
        opened.settimeout(0.05)
        began = time.monotonic()
        answer = b""
        while not answer and time.monotonic() - began < 10:
            opened.sendall(b"a")
            try:
                answer = opened.recv(4096)
            except TimeoutError:
                continue

    assert answer.split()[1] == b"408"


def test_a_slow_body_that_keeps_the_pace_is_taken(start: Start) -> None:
    port = start(BodyLimits(grace=2.0, bytes_per_second=4 * KIB))
    body = b"email=awa%40example.org&section=" + b"a" * 20_000
    with ExitStack() as stack:
        opened = _begin(stack, port, "/n/le-matin", length=len(body))
        for at in range(len(b"email="), len(body), 1024):
            opened.sendall(body[at : at + 1024])

        assert _status(opened) == 200


def test_each_route_says_at_once_that_a_body_is_too_large(start: Start) -> None:
    port = start()
    signed = "authorization: Bearer x\r\n"
    cases = [
        ("/n/le-matin", 64 * KIB + 1, ""),
        ("/console/sign-in", 64 * KIB + 1, ""),
        ("/console/articles", 256 * KIB + 1, ""),
        ("/api/v1/events/articles", 64 * KIB + 1, ""),
        ("/api/v1/events/articles", 5 * 1024 * KIB + 1, signed),
        ("/api/v1/events/articles", 10**15, signed),
    ]
    with ExitStack() as stack:
        statuses = [
            _status(_begin(stack, port, path, length=size, more=more)) for path, size, more in cases
        ]

    assert statuses == [413] * len(cases)


def test_a_body_without_a_length_is_counted_as_it_comes(start: Start) -> None:
    port = start()
    with ExitStack() as stack:
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        head = f"POST /n/le-matin HTTP/1.1\r\nhost: x\r\n{FORM}transfer-encoding: chunked\r\n\r\n"
        opened.sendall(head.encode())
        chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
        opened.sendall(chunk * 5)

        assert _status(opened) == 413


def test_a_body_in_crumbs_is_refused_before_it_keeps_others_waiting(start: Start) -> None:
    port = start()
    head = f"POST /n/le-matin HTTP/1.1\r\nhost: x\r\n{FORM}transfer-encoding: chunked\r\n\r\n"
    with ExitStack() as stack:
        crumbs = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(8)
        ]
        for each in crumbs:
            each.setblocking(False)
            each.send(head.encode() + b"1\r\na\r\n" * 60_000)
        began = time.monotonic()
        assert _ask(port, "GET", "/n/le-matin")[0] == 200
        took = time.monotonic() - began
        for each in crumbs:
            each.settimeout(20)

        assert {_status(each) for each in crumbs} <= {400, 0}
        assert took < 1.5


def test_a_body_in_some_small_chunks_is_taken(start: Start) -> None:
    port = start()
    head = f"POST /n/le-matin HTTP/1.1\r\nhost: x\r\n{FORM}transfer-encoding: chunked\r\n\r\n"
    body = "".join(f"1\r\n{letter}\r\n" for letter in "email=awa%40example.org&x=" + "a" * 800)
    with ExitStack() as stack:
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        for _ in range(2):
            opened.sendall(f"{head}{body}0\r\n\r\n".encode())
            answered = b""
            while b"</html>" not in answered:
                answered += opened.recv(65536)
            assert answered.split()[1] == b"200"


def test_one_network_cannot_use_up_the_memory_for_bodies(start: Start, settings: Settings) -> None:
    served = build_runtime(settings.model_copy(update={"forwarded_allow_ips": "127.0.0.1"}))
    port = start(QUICK, served=served)
    flood, other = "x-forwarded-for: 203.0.113.7\r\n", "x-forwarded-for: 198.51.100.1\r\n"
    with ExitStack() as stack:
        stack.callback(served.close)
        for _ in range(32):
            _begin(stack, port, "/n/le-matin", more=flood)
        one_more = _begin(stack, port, "/n/le-matin", more=flood)
        elsewhere = _begin(stack, port, "/n/le-matin", length=23, more=other)

        assert _status(one_more) == 503
        elsewhere.sendall(b"awa%40example.org")
        assert _status(elsewhere) == 200


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/console/articles", ""),
        ("/console/sign-in", ""),
        ("/api/v1/events/articles", "authorization: Bearer x\r\n"),
    ],
)
def test_large_bodies_for_others_take_no_room_from_readers(
    start: Start, settings: Settings, path: str, more: str
) -> None:
    served = build_runtime(settings.model_copy(update={"forwarded_allow_ips": "127.0.0.1"}))
    port = start(BodyLimits(max_bytes=128 * MIN_RESERVATION), served=served)
    with ExitStack() as stack:
        stack.callback(served.close)
        for number in range(160):
            network = f"x-forwarded-for: 203.0.{number}.1\r\n"
            _begin(stack, port, path, more=more + network)
        one_more = _begin(stack, port, path, more=more + "x-forwarded-for: 198.51.100.1\r\n")

        assert _status(one_more) == 503
        assert _ask(port, "POST", "/unsubscribe/none", "List-Unsubscribe=One-Click")[0] == 404
        assert _ask(port, "POST", "/n/le-matin", "email=awa%40example.org")[0] == 200


def test_what_is_no_address_is_one_network(start: Start, settings: Settings) -> None:
    port = start(QUICK)
    with ExitStack() as stack:
        for number in range(32):
            _begin(stack, port, "/n/le-matin", more=f"x-forwarded-for: nonsense-{number}\r\n")

        assert _status(_begin(stack, port, "/n/le-matin", more="x-forwarded-for: _h\r\n")) == 503


def test_a_head_that_never_ends_is_hung_up_on(start: Start) -> None:
    port = start()
    with ExitStack() as stack:
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        opened.sendall(b"GET /n/le-matin HTTP/1.1\r\nhost: x\r\n")

        assert opened.recv(4096) == b""


def test_a_second_head_on_a_connection_may_not_dawdle_either(start: Start) -> None:
    port = start()
    with ExitStack() as stack:
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        opened.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        received = b""
        while not received.endswith(b"ok\n"):
            received += opened.recv(4096)
        began = time.monotonic()
        opened.sendall(b"GET /healthz HTTP/1.1\r\nx: ")

        assert opened.recv(4096) == b""
        # Sooner than uvicorn gives up on a connection that is idle.
        assert time.monotonic() - began < 4


def test_one_network_may_open_some_connections_only(start: Start, settings: Settings) -> None:
    served = build_runtime(settings.model_copy(update={"forwarded_allow_ips": "192.0.2.1"}))
    port = start(served=served)
    with ExitStack() as stack:
        stack.callback(served.close)
        waiting = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(230)
        ]
        began = time.monotonic()
        closed_at_once = 0
        for each in waiting[200:]:
            try:
                closed_at_once += each.recv(1) == b""
            except ConnectionError:
                closed_at_once += 1

    assert closed_at_once == 30
    assert time.monotonic() - began < 10


def test_a_transaction_that_stood_still_is_the_database_away_and_no_error_of_ours(
    runtime: Runtime,
) -> None:
    app = make_app(runtime)

    @app.get("/stands-still")
    def stand_still(session: Transaction) -> str:
        session.execute(text("SET idle_in_transaction_session_timeout = '50ms'"))
        mine = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        is_there = True
        while is_there:
            with runtime.begin() as other:
                is_there = bool(other.execute(there, {"pid": mine}).scalar_one())
        session.execute(text("SELECT 1"))
        return "never"

    with TestClient(app, base_url="http://crieur.test") as client:
        answered = client.get("/stands-still", headers={"accept-language": "en"})
        again = client.get("/n/none")

    assert (answered.status_code, answered.headers["retry-after"]) == (503, "10")
    assert "Nothing is lost" in answered.text
    assert again.status_code == 404


def test_a_broken_body_on_the_one_click_address_means_leave(start: Start, runtime: Runtime) -> None:
    port = start()
    cases = [
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data", b"garbage"),
        ("multipart/form-data; boundary=x", b"--x\r\nfoo\r\n\r\nbar"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n'),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000),
        ("application/json", b"{"),
        ("text/plain; charset=nonsense", b"\xff"),
    ]

    answers = {_ask(port, "POST", _way_out(runtime), body, kind) for kind, body in cases}

    assert answers == {(200, "Unsubscribed.\n")}
    with runtime.begin() as session:
        ended = text("SELECT count(*) FROM subscription WHERE state = 'ended'")
        assert session.execute(ended).scalar_one() == len(cases)
