"""What handlers ask for in their signatures: the runtime, one transaction, the time."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from service.boot import Runtime
from service.kit.db import Session, forbid_writes
from service.web.admission import client_class_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A signed-in operator's pages note when they were last seen.
WRITABLE_ON_GET = ("/console",)


def get_runtime(request: Request) -> Runtime:
    """Return what the process was started with."""
    found = request.app.state.runtime
    assert isinstance(found, Runtime)
    return found


CurrentRuntime = Annotated[Runtime, Depends(get_runtime)]


async def admit_request(request: Request) -> AsyncIterator[None]:
    """Wait for one of as many places as there are connections to share.

    A request that waits here holds no thread; without this, threads that wait for a connection
    can keep those that would give one back from running. Its body is here by then.
    """
    async with request.app.state.places.take(client_class_of(request.url.path)):
        yield


Admitted = Annotated[None, Depends(admit_request, scope="function")]


def open_transaction(
    request: Request,
    running: CurrentRuntime,
    _place: Admitted,
) -> Iterator[Session]:
    """Open the request's one transaction; an error raised by the handler rolls it back.

    Looking changes nothing: PostgreSQL refuses a write in answer to GET.
    """
    with running.begin() as opened:
        if request.method in SAFE_METHODS and not request.url.path.startswith(WRITABLE_ON_GET):
            forbid_writes(opened)
        yield opened


def get_now(running: CurrentRuntime) -> datetime:
    """Return the instant at which the request is answered."""
    return running.clock()


# The scope "function" commits before the answer is sent: who reads "done" may rely on it.
Transaction = Annotated[Session, Depends(open_transaction, scope="function")]
Now = Annotated[datetime, Depends(get_now)]
