"""Pure: what a refusal's code, enhanced status and words mean.

The meaning is data in `patterns.toml`. Words beat numbers, because receivers put almost any
number on a refusal: a full mailbox comes as 5.1.1, too fast a sender as 5.2.1. Policy, spam and
rate reasons are never hard: they tell of the sender, and no reader's address may be hurt by them.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from service.replies.classification import Classification, Fault, SmtpStage

LIMIT_TEXT = 3_000

_CODE = re.compile(r"(?<![\d.\[-])([245]\d\d)(?=[\s\-:,#\])]|$)")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d\.\d{1,3})(?![\d.])")
_POLICY = re.compile(r"(?<![\d.])[45]\.7\.\d")
_SPACE = re.compile(r"\s+")
_VAGUE = {"", "5.0.0", "4.0.0", "5.3.0", "5.1.0", "5.2.0", "5.5.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the pattern file."""

    reason: str
    texts: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    codes: str
    statuses: frozenset[str]

    def fits(self, text: str, *, code: str, status: str) -> bool:
        """Say whether the words (and the numbers it insists on) are there."""
        if self.codes and not (code or status).startswith(tuple(self.codes)):
            return False
        if self.statuses and status not in self.statuses:
            return False
        if not any(_follows(text, pieces) for pieces in self.texts):
            return False
        return not any(word in text for word in self.unless)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The pattern file, read."""

    rules: tuple[Rule, ...]
    statuses: dict[str, str]
    codes: dict[str, str]
    hard: frozenset[str]
    sender: frozenset[str]

    @classmethod
    def parse(cls, toml: str) -> "Patterns":
        """Read the pattern file's text."""
        data = tomllib.loads(toml)
        return cls(
            rules=tuple(
                Rule(
                    reason=rule["reason"],
                    texts=tuple(tuple(text.split(" * ")) for text in rule["texts"]),
                    unless=tuple(rule.get("unless", ())),
                    codes=rule.get("codes", ""),
                    statuses=frozenset(rule.get("statuses", ())),
                )
                for rule in data["rule"]
            ),
            statuses=data["statuses"],
            codes=data["codes"],
            hard=frozenset(data["hard"]),
            sender=frozenset(data["sender"]),
        )


PATTERNS = Patterns.parse((files(__package__) / "patterns.toml").read_text(encoding="utf-8"))


def classify(
    text: str, *, stage: SmtpStage | None = None, code: str = "", status: str = ""
) -> Classification:
    """Say what a refusal means and whose fault it is."""
    flat = _SPACE.sub(" ", text[:LIMIT_TEXT]).strip().lower()
    code = code or _first(_CODE, flat)
    said = _first(_STATUS, flat)
    status = said if said and status in _VAGUE else status or said
    reason = _by_words(flat, code, status) or _by_numbers(code, status)
    policy = status[1:].startswith(".7.") or bool(_POLICY.search(flat))
    ours = reason in PATTERNS.sender or policy or stage not in {None, SmtpStage.RCPT}
    theirs = Fault.UNKNOWN if reason == "undefined" else Fault.READER
    return Classification(
        fault=Fault.SENDER if ours else theirs,
        reason=reason,
        hard=reason in PATTERNS.hard and not ours,
        retry=(code or status).startswith("4"),
        status=status,
        code=code,
    )


def is_ours(reason: str, status: str) -> bool:
    """Say whether a judged refusal counts against the sender's health, not the reader."""
    return reason in PATTERNS.sender or status[1:].startswith(".7.")


def _by_words(text: str, code: str, status: str) -> str:
    for rule in PATTERNS.rules:
        if rule.fits(text, code=code, status=status):
            return rule.reason
    return ""


def _by_numbers(code: str, status: str) -> str:
    subject = status[2:]
    found = PATTERNS.statuses.get(subject) or PATTERNS.statuses.get(subject.partition(".")[0])
    return found or PATTERNS.codes.get(code, "undefined")


def _follows(text: str, pieces: tuple[str, ...]) -> bool:
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""
