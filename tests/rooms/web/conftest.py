"""The web with a few pages that misbehave."""

from collections.abc import Iterator

import pytest
import structlog
from starlette.testclient import TestClient

from service.boot import Runtime
from service.kit.errors import Conflict
from service.kit.translatable import translatable
from service.web.app import make_app


@pytest.fixture
def plain_log() -> Iterator[None]:
    """Without it structlog draws each traceback with all locals, which takes seconds."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture
def client(runtime: Runtime, plain_log: None) -> Iterator[TestClient]:
    app = make_app(runtime)

    @app.get("/breaks")
    @app.get("/api/v1/breaks")
    def breaks() -> None:
        raise RuntimeError("nobody expected this")

    @app.get("/console/refuses")
    @app.get("/api/v1/refuses")
    def refuses() -> None:
        raise Conflict("This is already done.")

    @app.get("/console/refuses-with-a-key")
    @app.get("/api/v1/refuses-with-a-key")
    def refuses_with_a_key() -> None:
        raise Conflict(translatable("section_rule.too_many", limit=200))

    @app.post("/console/acts")
    def acts() -> str:
        return "done"

    with TestClient(app, base_url="http://crieur.test") as opened:
        yield opened
