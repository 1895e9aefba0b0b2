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
    """Tell whether readers can be answered, and which part is away.

    Without the database there is nothing to say. Without Redis work begins some seconds later, and
    a front end must not take us out: readers sign up and leave all the same.
    """
    checks = {
        "database": is_answering(running.engine),
        "redis": running.cache.is_answering(),
    }
    degraded = [part for part, answers in checks.items() if not answers]
    return JSONResponse(
        {**checks, "degraded": degraded}, status_code=200 if checks["database"] else 503
    )


@router.get("/metrics")
def metrics() -> Response:
    """Return the process's counters in Prometheus's text format."""
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
