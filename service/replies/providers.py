"""Pure: what one mailbox provider's answers mean, from a file each in `providers/`.

A provider's words are believed only where the text shows the provider: its host, its link, its
style. A code that no other provider writes (`OFR_506`) shows it by itself. Each file names the
document it follows, so that a correction can be checked.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from service.replies import text_patterns
from service.replies.classification import Fault
from service.replies.parse_reply import ParsedReply
from service.replies.rules import general_rules

_FILE_KEYS = {"name", "source", "checked", "shown_by", "answer"}
_ANSWER_KEYS = {
    "says", "texts", "codes", "statuses", "unmistakable", "reason", "fault", "hard", "source",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRule:
    """One answer of a provider and what it means."""

    says: tuple[re.Pattern[str], ...]
    texts: tuple[text_patterns.WordPattern, ...]
    codes: tuple[str, ...]
    statuses: frozenset[str]
    is_unmistakable: bool
    reason: str
    fault: Fault
    hard: bool
    source: str

    def fits(self, answer: ParsedReply) -> bool:
        """Return whether every condition that is given holds."""
        return (
            (not self.codes or (answer.code or answer.status).startswith(self.codes))
            and (not self.statuses or answer.status in self.statuses)
            and (not self.says or any(pattern.search(answer.said) for pattern in self.says))
            and (not self.texts or any(pattern.fits(answer.words) for pattern in self.texts))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRules:
    """One provider's file, read."""

    name: str
    source: str
    checked: date
    shown_by: tuple[str, ...]
    answers: tuple[ProviderRule, ...]

    @classmethod
    def parse(cls, toml: str) -> "ProviderRules":
        """Read a provider's file; raises ValueError with a sentence about what is wrong."""
        data = tomllib.loads(toml)
        name = data.get("name", "?")
        _only(data, _FILE_KEYS, f"the file of {name}")
        if not str(data.get("source", "")).startswith(("http://", "https://")):
            raise ValueError(f"{name} names no source: the address of the document it follows")
        checked = data.get("checked")
        if type(checked) is not date:
            raise ValueError(f"{name} does not say when its source was checked")
        return cls(
            name=name,
            source=data["source"],
            checked=checked,
            shown_by=tuple(data["shown_by"]),
            answers=tuple(_meaning(each, data) for each in data["answer"]),
        )

    def meaning(self, answer: ParsedReply) -> ProviderRule | None:
        """Return what this provider means, if the answer is one of its own."""
        is_shown = any(mark in answer.said for mark in self.shown_by)
        for meaning in self.answers:
            if (is_shown or meaning.is_unmistakable) and meaning.fits(answer):
                return meaning
        return None


@cache
def load_providers() -> tuple[ProviderRules, ...]:
    """Return every provider's file, in the order of their names; they are read once."""
    folder = files(__package__) / "providers"
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return tuple(ProviderRules.parse(file.read_text(encoding="utf-8")) for file in found)


def find_provider_rule(answer: ParsedReply) -> ProviderRule | None:
    """Return what an answer means where a provider's file knows it."""
    return next((found for one in load_providers() if (found := one.meaning(answer))), None)


def _meaning(table: Mapping[str, Any], file: Mapping[str, Any]) -> ProviderRule:
    name = file["name"]
    _only(table, _ANSWER_KEYS, f"an answer of {name}")
    reason = table.get("reason", "")
    if reason not in general_rules().faults:
        raise ValueError(f"an answer of {name} has the unknown reason {reason!r}")
    if not any(table.get(key) for key in ("says", "texts", "statuses")):
        raise ValueError(f"an answer of {name} ({reason}) says nothing that it could be known by")
    if table.get("unmistakable") and not table.get("says"):
        raise ValueError(f"an answer of {name} ({reason}) is unmistakable without a code in 'says'")
    fault = Fault(table["fault"]) if "fault" in table else general_rules().faults[reason]
    hard = table.get("hard", fault is Fault.READER and reason in general_rules().hard)
    if hard and fault is not Fault.READER:
        raise ValueError(f"an answer of {name} ({reason}) is hard, but not the reader's fault")
    return ProviderRule(
        says=tuple(_expression(text, name) for text in table.get("says", ())),
        texts=text_patterns.parse_patterns(table.get("texts", ())),
        codes=tuple(table.get("codes", ())),
        statuses=frozenset(table.get("statuses", ())),
        is_unmistakable=bool(table.get("unmistakable", False)),
        reason=reason,
        fault=fault,
        hard=hard,
        source=table.get("source", file["source"]),
    )


def _expression(text: str, name: str) -> re.Pattern[str]:
    bare = re.sub(r"\\.", "", text)
    if bare != bare.lower():
        raise ValueError(f"{name} says {text!r}: write it in lower case, as texts are compared")
    if "*" in bare or "+" in bare:
        raise ValueError(f"{name} says {text!r}: bound every repetition, as in \\d{{1,3}}")
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{name} says {text!r}, which is no regular expression: {error}") from None


def _only(table: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    unknown = table.keys() - set(keys)
    if unknown:
        raise ValueError(f"{where} has unknown keys: {', '.join(sorted(unknown))}")
