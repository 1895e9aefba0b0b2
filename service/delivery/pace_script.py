"""The question and the answer as `pace.lua` takes and gives them, and the names of its keys."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files

from service.delivery import quota
from service.delivery.quota import Answer, Round
from service.kit.redis_store import RedisScript

SCRIPT = RedisScript((files(__package__) / "pace.lua").read_text("utf-8"))
PREFIX = "crieur:pace:"


def name_keys(asked: Round) -> list[str]:
    """Name the keys in the order in which the script takes them; they expire by themselves."""
    return [
        *(
            PREFIX + key
            for ask in asked.asks
            for key in (ask.key, f"crew:{ask.key}", ask.day_key or "day")
        ),
        *(PREFIX + each.key for each in asked.across),
        *(PREFIX + each.key for each in asked.told),
        f"{PREFIX}slowed",
    ]


def write(asked: Round) -> str:
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
            "floor": quota.FLOOR,
            "reserve": quota.RESERVE,
            "gap": quota.GAP,
            "crew_for": quota.CREW_FOR,
        }
    )


def read(text: bytes | str, asked: Round) -> tuple[Mapping[str, Answer], frozenset[str]]:
    """Read the answers, and which domains without a rule asked for less."""
    answers, slowed = json.loads(text)
    found = zip(asked.asks, answers, strict=True)
    return {ask.key: Answer(*map(int, each)) for ask, each in found}, frozenset(slowed)
