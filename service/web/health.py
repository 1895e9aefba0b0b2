"""Liveness, readiness and metrics, for supervisors, load balancers and Prometheus."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from service.boot import Runtime
from service.kit.db import is_reachable
from service.kit.metrics_exposition import render_metrics

router = APIRouter(include_in_schema=False)

PROBE_TIMEOUT = 2.0
"""Seconds after which a server without an answer counts as unavailable."""


class HealthProbe:
    """Checks one server, with at most one check running; concurrent callers share its result.

    A frozen server blocks a thread for each check, and a load balancer checks again and again.
    """

    def __init__(self, check: Callable[[], bool], *, timeout: float = PROBE_TIMEOUT) -> None:
        self._check = check
        self._timeout = timeout
        self._running: asyncio.Task[bool] | None = None

    async def is_answered(self) -> bool:
        """Return whether the server answers in time."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(asyncio.to_thread(self._check))
        try:
            return await asyncio.wait_for(asyncio.shield(self._running), self._timeout)
        except TimeoutError:
            return False


def make_probes(runtime: Runtime) -> dict[str, HealthProbe]:
    """Return the probes of `/readyz` by name."""
    return {
        "database": HealthProbe(lambda: is_reachable(runtime.engine)),
        "redis": HealthProbe(runtime.redis_store.is_reachable),
    }


@router.get("/healthz")
async def show_liveness() -> Response:
    """Answer while the event loop runs; needs no thread of the pool."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def show_readiness(request: Request) -> Response:
    """Return whether readers can be served, and which server is unavailable.

    Without the database nothing can be served. Without Redis jobs start a few seconds later, but
    readers can still sign up and unsubscribe, so a load balancer must keep this process.
    """
    probes: dict[str, HealthProbe] = request.app.state.probes
    answers = await asyncio.gather(*(each.is_answered() for each in probes.values()))
    checks = dict(zip(probes, answers, strict=True))
    degraded = [part for part, answers in checks.items() if not answers]
    return JSONResponse(
        {**checks, "degraded": degraded}, status_code=200 if checks["database"] else 503
    )


@router.get("/metrics")
def show_metrics() -> Response:
    """Return the process's counters in Prometheus's text format."""
    body, content_type = render_metrics()
    return Response(body, headers={"content-type": content_type})
