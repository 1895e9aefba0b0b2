"""Pure: the general rules of `patterns.toml`, read strictly and ready to be asked.

A misspelt key or an unknown reason is an error when the file is read, never a rule without effect.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from service.replies import text_patterns
from service.replies.classification import Fault
from service.replies.parse_reply import ParsedReply

_KEYS = {"reason", "texts", "unless", "codes", "statuses", "links", "speech", "about"}
_SPEECH = ("reader", "domain", "full", "closed")
_SPEECH_KEYS = {"language", "nouns", "before", "after", "full", "closed", "others"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRule:
    """One entry of the pattern file."""

    reason: str
    texts: tuple[text_patterns.WordPattern, ...]
    unless: tuple[text_patterns.WordPattern, ...]
    codes: tuple[str, ...]
    statuses: frozenset[str]
    links: tuple[str, ...]
    speech: str
    about_domain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseMatcher:
    """How readers' mailboxes, or their domains, are spoken of."""

    behind: re.Pattern[str]
    """A noun, and behind it what is wrong with it."""
    before: re.Pattern[str]
    heads: tuple[frozenset[str], frozenset[str]]
    """How its nouns begin, and what is said of them: without either nothing need be searched."""

    @classmethod
    def parse(
        cls, nouns: Iterable[str], *, before: Iterable[str], after: Iterable[str],
        whose: Mapping[str, Any] | None = None, other: Iterable[str] = (), near: int = 1,
    ) -> "PhraseMatcher":  # fmt: skip
        """Build it from nouns and the words around them.

        With one of the `other` words between them, a sentence is about something else: in
        "<address>: host unknown" it is not the address. `whose` says which words in front of a
        noun make it another person's, `near` how many words may stand between what goes before a
        noun and the noun.
        """
        names = whose or {"anybodys": (), "theirs": (), "others": (), "compounds": ()}
        heads = (_heads(nouns), _heads([*before, *after]))
        nouns = text_patterns.alternation(nouns)
        stop = _alternatives([*other, *names["others"]])
        # Possessive: a word is matched whole or not at all, so the gap never tries it in two ways.
        gap = rf"(?: (?!\{text_patterns.END}|(?:{stop}) )\S++)"
        begins = rf"(?:^|\{text_patterns.END}"
        anybodys = _alternatives(names["anybodys"])
        between = rf"(?: (?:{_alternatives(names['theirs'])}))" if names["theirs"] else gap
        subject = (
            rf"(?:{begins}| (?:{_alternatives(names['theirs'])})) (?:{anybodys})(?= )"
            rf"|{begins}| (?!(?:{_alternatives(names['others'])}) )\S++) (?!(?:{anybodys}) )"
            rf"(?:{nouns})(?= ))"
        )
        return cls(
            behind=re.compile(
                rf"{subject}{gap}{{0,6}}? (?:{text_patterns.alternation(after)})(?= )"
            ),
            before=re.compile(
                rf" (?:{text_patterns.alternation(before)}){between}{{0,{near}}}? (?:{nouns})(?= )"
                rf"(?! (?:{_alternatives(names['compounds'])}) )"
                rf"(?!(?: [^\s|]++)? (?:{_alternatives(names['others'])}) )"
            ),
            heads=heads,
        )

    def heard(self, folded: str) -> bool:
        """Return whether folded words have such a sentence."""
        there = text_patterns.word_prefixes(folded)
        if any(there.isdisjoint(heads) for heads in self.heads):
            return False
        return bool(self.behind.search(folded) or self.before.search(folded))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRules:
    """The pattern file, read."""

    rules: tuple[RefusalRule, ...]
    statuses: Mapping[str, str]
    codes: Mapping[str, str]
    hard: frozenset[str]
    vague: frozenset[str]
    faults: Mapping[str, Fault]
    ours: re.Pattern[str]
    always_ours: re.Pattern[str]
    dns: re.Pattern[str]
    neutral: re.Pattern[str]
    advice: re.Pattern[str]
    speech: Mapping[str, tuple[PhraseMatcher, ...]]
    """By what is said: of a reader or a domain that it is unknown, of a mailbox that it is full or
    closed."""
    recipient: re.Pattern[str]
    domain_statuses: frozenset[str]

    @classmethod
    def parse(cls, toml: str) -> "RefusalRules":
        """Read the pattern file's text; raises ValueError with a sentence about what is wrong."""
        data = tomllib.loads(toml)
        faults = {
            reason: Fault(fault) for fault, named in data["faults"].items() for reason in named
        }
        rules = tuple(_rule(rule, faults) for rule in data["rule"])
        for number, reason in {**data["statuses"], **data["codes"]}.items():
            _known(reason, faults, f"{number} means")
        return cls(
            rules=rules,
            statuses=data["statuses"],
            codes=data["codes"],
            hard=frozenset(data["hard"]),
            vague=frozenset(data["vague"]),
            faults=faults,
            ours=_any(data["ours"]["words"]),
            always_ours=_any(data["ours"]["always"]),
            dns=_any(data["ours"]["dns"]),
            neutral=_any(data["ours"]["neutral"]),
            advice=re.compile(rf"^ (?:{text_patterns.alternation(data['ours']['advice'])})(?= )"),
            speech=_speech(data),
            recipient=_any(data["domain"]["recipient"]),
            domain_statuses=frozenset(data["domain"]["statuses"]),
        )

    def speaks_of_us(self, folded: str) -> bool:
        """Return whether a text is about who sends, from where, what and how much."""
        return bool(
            self.always_ours.search(folded)
            or self.ours.search(self._news(self.neutral.sub(" ", folded)))
        )

    def speaks_of_dns(self, answer: ParsedReply) -> bool:
        """Return whether a receiver's answer is about DNS, which no mailbox has."""
        return answer.has_code and bool(self.dns.search(self.neutral.sub(" ", answer.words)))

    def is_about_the_recipients_domain(self, answer: ParsedReply) -> bool:
        """Return whether a domain that a text speaks of can only be that of the recipient.

        A mail server that says so in its own words, without a reply code, looked the recipient's
        domain up; a receiver that answers so may have looked ours up.
        """
        return (
            not answer.has_code
            or answer.status in self.domain_statuses
            or bool(self.recipient.search(answer.words))
        )

    def fits(self, rule: RefusalRule, answer: ParsedReply) -> bool:
        """Return whether a rule's words (and the numbers it insists on) are there."""
        if rule.codes and not (answer.code or answer.status).startswith(rule.codes):
            return False
        if rule.statuses and answer.status not in rule.statuses:
            return False
        # What is neutral may well speak of a reader, and of no other person.
        reader = self.faults[rule.reason] is Fault.READER
        heard = answer.words if reader else self._news(self.neutral.sub(" ", answer.words))
        told = (
            any(pattern.fits(heard) for pattern in rule.texts)
            or any(link in answer.said for link in rule.links)
            or any(language.heard(heard) for language in self.speech.get(rule.speech, ()))
        )
        return told and not any(pattern.fits(heard) for pattern in rule.unless)

    def by_numbers(self, code: str, status: str) -> str:
        """Return what the numbers mean when the words say nothing."""
        subject = status[2:]
        found = self.statuses.get(subject) or self.statuses.get(subject.partition(".")[0])
        return found or self.codes.get(code, "undefined")

    def _news(self, folded: str) -> str:
        """Leave the sentences out that only give advice, unless there are no others."""
        sentences = folded.split(text_patterns.END)
        news = [sentence for sentence in sentences if not self.advice.match(sentence)]
        return " | ".join(news) if any(sentence.strip() for sentence in news) else folded


def _speech(data: Mapping[str, Any]) -> Mapping[str, tuple[PhraseMatcher, ...]]:
    """Read how each language speaks of readers, and how all speak of domains."""
    other = (*data["domain"]["nouns"], *data["ours"]["dns"])
    for table in data["speech"]:
        if unknown := table.keys() - _SPEECH_KEYS:
            raise ValueError(f"the speech of {table.get('language')} has unknown keys: {unknown}")
    return {
        "reader": tuple(
            PhraseMatcher.parse(
                table["nouns"],
                before=table["before"],
                after=table["after"],
                other=other,
                whose=_whose(data, table),
            )
            for table in data["speech"]
        ),
        "full": _troubles(data, "full", other),
        "closed": _troubles(data, "closed", other),
        "domain": (
            PhraseMatcher.parse(
                data["domain"]["nouns"],
                before=data["domain"]["before"],
                after=data["domain"]["after"],
            ),
        ),
    }


def _whose(data: Mapping[str, Any], table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the words of a language that make a noun another person's; English has more."""
    if table["language"] == "en":
        english: Mapping[str, Any] = data["whose"]
        return english
    # All together, for neighbours share nouns: "usuario" is Spanish and Portuguese.
    others = (
        *data["whose"]["always"],
        *(word for each in data["speech"] for word in each["others"]),
    )
    return {"anybodys": (), "theirs": (), "others": others, "compounds": ()}


def _troubles(data: Mapping[str, Any], key: str, other: Iterable[str]) -> tuple[PhraseMatcher, ...]:
    """Read what is said, behind a noun or in front of it, of a mailbox that takes nothing now."""
    return tuple(
        PhraseMatcher.parse(
            table["nouns"],
            before=table[key],
            after=table[key],
            other=other,
            whose=_whose(data, table),
            near=3,
        )
        for table in data["speech"]
        if key in table
    )


def _rule(table: Mapping[str, Any], faults: Mapping[str, Fault]) -> RefusalRule:
    unknown = table.keys() - _KEYS
    if unknown:
        raise ValueError(f"a rule for {table.get('reason')} has unknown keys: {sorted(unknown)}")
    _known(table["reason"], faults, "a rule's reason is")
    if not (table.get("texts") or table.get("links") or table.get("speech") in _SPEECH):
        raise ValueError(f"a rule for {table['reason']} has no texts")
    return RefusalRule(
        reason=table["reason"],
        texts=text_patterns.parse_patterns(table.get("texts", ())),
        unless=text_patterns.parse_patterns(table.get("unless", ())),
        codes=tuple(table.get("codes", "")),
        statuses=frozenset(table.get("statuses", ())),
        links=tuple(table.get("links", ())),
        speech=table.get("speech", ""),
        about_domain=table.get("about") == "domain",
    )


def _known(reason: str, faults: Mapping[str, Fault], where: str) -> None:
    if reason not in faults:
        raise ValueError(f"{where} {reason}, which stands in none of the lists of [faults]")


def _heads(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(text_patterns.word_prefix, texts))


def _alternatives(texts: Iterable[str]) -> str:
    """Any of these words; of none, a place that no text has."""
    return text_patterns.alternation(texts) or r"(?!)"


def _any(texts: Iterable[str]) -> re.Pattern[str]:
    """Any of these words; scripts without spaces are searched everywhere."""
    spaced = [text for text in texts if text.isascii() or text[0] < "\u2e80"]
    dense = [text for text in texts if text not in spaced]
    return re.compile(
        "|".join((rf"(?<= )(?:{text_patterns.alternation(spaced)})(?= )", *map(re.escape, dense)))
    )


@cache
def general_rules() -> RefusalRules:
    """Return the rules of `patterns.toml`, read at the first refusal: most commands judge none."""
    return RefusalRules.parse((files(__package__) / "patterns.toml").read_text(encoding="utf-8"))
