"""The question and the answer as `throttle.lua` takes and gives them, and the names of its keys."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import NamedTuple

from service.delivery.throttling import request
from service.delivery.throttling.request import ThrottleAnswer, ThrottleRequest
from service.kit.redis_store import RedisScript

SCRIPT = RedisScript((files(__package__) / "throttle.lua").read_text("utf-8"))
PREFIX = "crieur:pace:"


def redis_keys(asked: ThrottleRequest) -> list[str]:
    """Name the keys in the order in which the script takes them; they expire by themselves."""
    return [
        *(
            PREFIX + key
            for ask in asked.asks
            for key in (ask.key, f"crew:{ask.key}", ask.day_key or "day")
        ),
        *(PREFIX + each.key for each in asked.across),
        *(PREFIX + each.key for each in asked.told),
        f"{PREFIX}processes",
        f"{PREFIX}slowed",
    ]


def encode_request(asked: ThrottleRequest) -> str:
    """Write the question."""
    return json.dumps(
        {
            "asks": [asdict(ask) for ask in asked.asks],
            "across": [asdict(each) for each in asked.across],
            "told": [asdict(each) for each in asked.told],
            "first": asked.first,
            "who": asked.who,
            "slope": asked.resume.slope,
            "after_stop": asked.resume.after_stop,
            "floor": request.FLOOR,
            "reserve": request.RESERVE,
            "gap": request.GAP,
            "crew_for": request.SENDER_TIMEOUT,
            "process": asked.process,
            "process_for": request.PROCESS_TIMEOUT,
        }
    )


class ScriptAnswer(NamedTuple):
    """The answers, the domains without a rule that asked for less, and how many processes send."""

    answers: Mapping[str, ThrottleAnswer]
    slowed: frozenset[str]
    processes: int


def decode_answer(text: bytes | str, asked: ThrottleRequest) -> ScriptAnswer:
    """Return what the script answered to `asked`."""
    answers, slowed, processes = json.loads(text)
    found = zip(asked.asks, answers, strict=True)
    return ScriptAnswer(
        answers={ask.key: ThrottleAnswer(*map(int, each)) for ask, each in found},
        slowed=frozenset(slowed),
        processes=processes,
    )
