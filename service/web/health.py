"""Is it alive, is it ready, and how is it: for supervisors, load balancers and Prometheus."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from service.boot import Runtime
from service.kit.db import is_reachable
from service.kit.metrics_exposition import render_metrics

router = APIRouter(include_in_schema=False)

PROBE_TIMEOUT = 2.0
"""Seconds after which a server that has said nothing is away."""


class HealthProbe:
    """One question to one server at a time, whose answer is for everybody who asks meanwhile.

    A server that is frozen keeps a thread for each question, and a front end asks again and again.
    """

    def __init__(self, ask: Callable[[], bool], *, patience: float = PROBE_TIMEOUT) -> None:
        self._ask = ask
        self._patience = patience
        self._underway: asyncio.Task[bool] | None = None

    async def is_answered(self) -> bool:
        """Tell whether the server answers, and in time."""
        if self._underway is None or self._underway.done():
            self._underway = asyncio.create_task(asyncio.to_thread(self._ask))
        try:
            return await asyncio.wait_for(asyncio.shield(self._underway), self._patience)
        except TimeoutError:
            return False


def make_probes(runtime: Runtime) -> dict[str, HealthProbe]:
    """Return what `/readyz` asks, by the part's name."""
    return {
        "database": HealthProbe(lambda: is_reachable(runtime.engine)),
        "redis": HealthProbe(runtime.cache.is_answering),
    }


@router.get("/healthz")
async def show_liveness() -> Response:
    """Answer as long as the process can; it needs no thread, which others may hold."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def show_readiness(request: Request) -> Response:
    """Tell whether readers can be answered, and which part is away.

    Without the database there is nothing to say. Without Redis work begins some seconds later, and
    a front end must not take us out: readers sign up and leave all the same.
    """
    inquiries: dict[str, HealthProbe] = request.app.state.inquiries
    answers = await asyncio.gather(*(each.is_answered() for each in inquiries.values()))
    checks = dict(zip(inquiries, answers, strict=True))
    degraded = [part for part, answers in checks.items() if not answers]
    return JSONResponse(
        {**checks, "degraded": degraded}, status_code=200 if checks["database"] else 503
    )


@router.get("/metrics")
def show_metrics() -> Response:
    """Return the process's counters in Prometheus's text format."""
    body, content_type = render_metrics()
    return Response(body, headers={"content-type": content_type})
