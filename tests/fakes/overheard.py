"""Who holds a connection to the database while something slow runs: looked at, not patched."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any, cast

from sqlalchemy import QueuePool

from service.boot import Runtime


@contextmanager
def overheard(runtime: Runtime, *modules: ModuleType) -> Iterator[dict[str, int]]:
    """Yield the modules' functions that were called, and the most connections in use then.

    Threads that began before are not heard.
    """
    pool = cast("QueuePool", runtime.engine.pool)
    files = {module.__file__ for module in modules}
    heard: dict[str, int] = {}

    def hear(frame: FrameType, event: str, _what: Any) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            name = frame.f_code.co_qualname
            heard[name] = max(heard.get(name, 0), pool.checkedout())

    before = sys.getprofile()
    threading.setprofile(hear)
    sys.setprofile(hear)
    try:
        yield heard
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
