"""Is it alive, is it ready, and how is it: for supervisors, load balancers and Prometheus."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.kit.db import is_answering
from service.web.deps import Running

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def live() -> Response:
    """Answer as long as the process can."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(running: Running) -> Response:
    """Ask the database and Redis; without Redis we are slower, without the database nothing."""
    checks = {
        "database": is_answering(running.engine),
        "redis": running.cache.is_answering(),
    }
    return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)


@router.get("/metrics")
def metrics() -> Response:
    """Return the process's counters in Prometheus's text format."""
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
