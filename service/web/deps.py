"""Dependencies of handlers: the runtime, one transaction, the time, an admission slot."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from service.boot import Runtime
from service.kit.db import Session, forbid_writes
from service.web.admission import client_class_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Console pages record when their session was last seen; hubs verify by GET (WebSub, 5.3).
WRITABLE_ON_GET = ("/console", "/websub/")


def get_runtime(request: Request) -> Runtime:
    """Return the runtime that the process was started with."""
    found: Runtime = request.app.state.runtime
    return found


CurrentRuntime = Annotated[Runtime, Depends(get_runtime)]


async def admit_request(request: Request) -> AsyncIterator[None]:
    """Wait for one of the slots that the request's client class has.

    A request that waits here holds no thread. Otherwise threads that wait for a connection could
    keep the threads from running that would return one. The body has been read by then.
    """
    async with request.app.state.admission.acquire(client_class_of(request.url.path)):
        yield


Admitted = Annotated[None, Depends(admit_request, scope="function")]


def open_transaction(
    request: Request,
    running: CurrentRuntime,
    _place: Admitted,
) -> Iterator[Session]:
    """Open the request's one transaction; an error raised by the handler rolls it back.

    A GET changes nothing: PostgreSQL refuses its writes.
    """
    with running.begin() as opened:
        if request.method in SAFE_METHODS and not request.url.path.startswith(WRITABLE_ON_GET):
            forbid_writes(opened)
        yield opened


def get_now(running: CurrentRuntime) -> datetime:
    """Return the current time, in UTC."""
    return running.clock()


# The scope "function" commits before the response is sent, so "done" is true when it is read.
Transaction = Annotated[Session, Depends(open_transaction, scope="function")]
Now = Annotated[datetime, Depends(get_now)]
