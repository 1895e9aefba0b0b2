"""What a check of `crieur doctor` says."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw; `advice` says what to do when it is not good."""

    check: str
    verdict: Verdict
    advice: str = ""


def judge(check: str, *, good: bool, advice: str, otherwise: Verdict = Verdict.BAD) -> Finding:
    """Return a good finding, or the other verdict with its advice."""
    return Finding(check, Verdict.GOOD) if good else Finding(check, otherwise, advice)
