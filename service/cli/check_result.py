"""The result of one check of `crieur doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check's name and status; `advice` says what to do if it is not good."""

    check: str
    verdict: CheckStatus
    advice: str = ""


def make_result(
    check: str, *, good: bool, advice: str, otherwise: CheckStatus = CheckStatus.BAD
) -> CheckResult:
    """Return a good finding, or the other verdict with its advice."""
    return CheckResult(check, CheckStatus.GOOD) if good else CheckResult(check, otherwise, advice)
