"""A worker whose machine's clock is wrong: `workers.run tests.faults.shifted_worker`.

Nothing in production can shift a clock. Here the same actors are registered with a runtime whose
clock is; the seconds stand in FAULT_CLOCK_OFFSET.
"""

import os
from datetime import datetime, timedelta

from service.boot import build_runtime
from service.config import load_settings
from service.kit.clock import system_clock
from service.kit.log import configure_logging
from workers.actors import register_actors
from workers.process import SetDrainingFlag

OFFSET = timedelta(seconds=float(os.environ["FAULT_CLOCK_OFFSET"]))  # noqa: TID251  Not a setting.


def shifted() -> datetime:
    """Tell the wrong time."""
    return system_clock() + OFFSET


settings = load_settings()
configure_logging(as_json=settings.log_json, level=settings.log_level)
wired = build_runtime(settings, local=shifted)
wired.broker.add_middleware(SetDrainingFlag())
register_actors(wired)
broker = wired.broker
