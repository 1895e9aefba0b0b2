"""The request and the answer in the form of `throttle.lua`, and the names of its keys."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import NamedTuple

from service.delivery.throttling import request as constants
from service.delivery.throttling.request import ThrottleAnswer, ThrottleRequest
from service.kit.redis_store import RedisScript

SCRIPT = RedisScript((files(__package__) / "throttle.lua").read_text("utf-8"))
PREFIX = "crieur:pace:"


def redis_keys(request: ThrottleRequest) -> list[str]:
    """Name the keys in the order in which the script takes them; they expire by themselves."""
    return [
        *(
            PREFIX + key
            for claim in request.claims
            for key in (claim.key, f"senders:{claim.key}", claim.day_key or "day")
        ),
        *(PREFIX + each.key for each in request.shared_limits),
        *(PREFIX + each.key for each in request.backoffs),
        f"{PREFIX}processes",
        f"{PREFIX}slowed",
    ]


def encode_request(request: ThrottleRequest) -> str:
    """Return a request as JSON."""
    return json.dumps(
        {
            "claims": [asdict(claim) for claim in request.claims],
            "shared_limits": [asdict(each) for each in request.shared_limits],
            "backoffs": [asdict(each) for each in request.backoffs],
            "transactional": request.transactional,
            "run": request.run,
            "slope": request.recovery.slope,
            "after_stop": request.recovery.after_stop,
            "floor": constants.FLOOR,
            "reserve": constants.RESERVE,
            "gap": constants.GAP,
            "day_limit_wait": constants.DAY_LIMIT_WAIT,
            "sender_timeout": constants.SENDER_TIMEOUT,
            "process": request.process,
            "process_timeout": constants.PROCESS_TIMEOUT,
        }
    )


class ScriptAnswer(NamedTuple):
    """The answers, the slowed domains without a rule, and how many processes send."""

    answers: Mapping[str, ThrottleAnswer]
    slowed: frozenset[str]
    processes: int


def decode_answer(text: bytes | str, request: ThrottleRequest) -> ScriptAnswer:
    """Return what the script answered to `request`."""
    answers, slowed, processes = json.loads(text)
    found = zip(request.claims, answers, strict=True)
    return ScriptAnswer(
        answers={claim.key: ThrottleAnswer(*map(int, each)) for claim, each in found},
        slowed=frozenset(slowed),
        processes=processes,
    )
