"""What handlers ask for in their signatures: the runtime, one transaction, the time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from service.boot import Runtime
from service.kit.db import Session


def runtime(request: Request) -> Runtime:
    """Return what the process was started with."""
    found = request.app.state.runtime
    assert isinstance(found, Runtime)
    return found


Running = Annotated[Runtime, Depends(runtime)]


def session(running: Running) -> Iterator[Session]:
    """Open the request's one transaction; an error raised by the handler rolls it back."""
    with running.begin() as opened:
        yield opened


def now(running: Running) -> datetime:
    """Return the instant at which the request is answered."""
    return running.clock()


# The scope "function" commits before the answer is sent: who reads "done" may rely on it.
Transaction = Annotated[Session, Depends(session, scope="function")]
Now = Annotated[datetime, Depends(now)]
