"""What handlers are given: one transaction, which a GET cannot write in, and a place of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from service.boot import Runtime
from service.web.app import make_app
from service.web.deps import CurrentRuntime, Now, Transaction
from tests.builders import a_newsletter


class Broke(Exception):  # noqa: N818  It is an accident, not an error of ours.
    """A handler that fails after it has written."""


@pytest.fixture
def client(runtime: Runtime, plain_log: None) -> Iterator[TestClient]:
    app = make_app(runtime)

    @app.api_route("/writes", methods=["GET", "HEAD", "OPTIONS", "POST"])
    @app.get("/console/writes")
    def writes(session: Transaction) -> str:
        session.execute(text("UPDATE newsletter SET name = 'Le Soir'"))
        return "done"

    @app.post("/breaks-after-writing")
    def breaks(session: Transaction) -> None:
        session.execute(text("UPDATE newsletter SET name = 'Le Soir'"))
        raise Broke

    @app.get("/knows")
    def knows(running: CurrentRuntime, now: Now) -> str:
        return f"{running.settings.public_url} {now.isoformat()}"

    with TestClient(app, base_url="http://crieur.test") as opened:
        yield opened


@pytest.fixture(autouse=True)
def newsletter(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), name="Le Matin")


def name_of(runtime: Runtime) -> str:
    with runtime.begin() as session:
        return str(session.execute(text("SELECT name FROM newsletter")).scalar_one())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_the_database_refuses_what_looking_would_write(
    runtime: Runtime, client: TestClient, method: str
) -> None:
    """Link scanners open every address in a message."""
    answer = client.request(method, "/writes")

    assert answer.status_code == 500
    assert name_of(runtime) == "Le Matin"


def test_a_post_has_written_when_its_answer_is_read(runtime: Runtime, client: TestClient) -> None:
    """“Saved” that is sent before the commit may be a lie."""
    answer = client.post("/writes")

    assert answer.status_code == 200
    assert name_of(runtime) == "Le Soir"


def test_the_console_may_note_that_a_session_was_seen(runtime: Runtime, client: TestClient) -> None:
    """A session that is in use must not end as an idle one."""
    assert client.get("/console/writes").status_code == 200
    assert name_of(runtime) == "Le Soir"


def test_a_handler_that_fails_has_written_nothing(runtime: Runtime, client: TestClient) -> None:
    """Half of a request is worse than none of it."""
    answer = client.post("/breaks-after-writing")

    assert answer.status_code == 500
    assert name_of(runtime) == "Le Matin"


def test_a_handler_has_the_runtime_and_its_time(runtime: Runtime, client: TestClient) -> None:
    """Only one clock counts, and rooms do not ask for it themselves."""
    assert client.get("/knows").json() == f"http://crieur.test {runtime.clock().isoformat()}"
