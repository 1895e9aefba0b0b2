"""Looks whether an SPF record says what receivers can use (RFC 7208), for `crieur doctor`.

A record that is there and that no receiver can evaluate is as bad as none, and looks well.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from service.cli.finding import Finding, Verdict

Ask = Callable[[str], list[str] | None]
"""Returns a name's TXT records; None: DNS is silent."""

MOST_LOOKUPS = 10
"""Terms that make a receiver ask DNS, in all records together (RFC 7208 section 4.6.4)."""

MISSING = "Add a TXT record 'v=spf1 include:your-relay -all'."

_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(
    r"(?P<sign>[-+~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<value>[:/].*)?",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})


class _Unusable(Exception):  # noqa: N818  It is what a receiver finds.
    """Receivers give up on this record: `permerror`."""


def examine(domain: str, ask: Ask, *, missing: str = MISSING, sends: bool = True) -> Finding:
    """Return what is to be done about a domain's SPF.

    `sends` tells that mails leave with it in their return path: nobody allowed is a mistake then.
    """
    check = f"SPF of {domain}"
    records = _records(ask(domain))
    if records is None:
        return silence(check)
    if not records:
        return Finding(check, Verdict.WARNING, missing)
    try:
        budget = iter(range(MOST_LOOKUPS))
        _walk(domain, ask, budget)
    except _Unusable as fault:
        return Finding(check, Verdict.BAD, f"Receivers cannot use it: {fault}.")
    return _judge_end(check, records[0], sends=sends)


def silence(check: str) -> Finding:
    """Say that DNS itself is the trouble."""
    return Finding(
        check, Verdict.WARNING, "DNS did not answer: check this machine's resolver, then try again."
    )


def _judge_end(check: str, record: str, *, sends: bool) -> Finding:
    """Look at what a record that can be used says of everybody and of nobody."""
    terms = [term.lower() for term in record.split()[1:]]
    if any(term in {"all", "+all"} for term in terms):
        advice = "It lets everybody send as this domain: end it with ~all or -all."
        return Finding(check, Verdict.BAD, advice)
    allowing = [each for each in terms if _TERM.fullmatch(each) and each[0] not in "-~?"]
    if sends and not allowing and not any(each.startswith("redirect=") for each in terms):
        return Finding(check, Verdict.BAD, "It lets nobody send: add include:your-relay.")
    if any(re.match(r"[-+~?]?ptr(?![a-z])", term) for term in terms):
        return Finding(check, Verdict.WARNING, "Some receivers do not ask for ptr: leave it out.")
    return Finding(check, Verdict.GOOD)


def _records(found: Sequence[str] | None) -> list[str] | None:
    return None if found is None else [each for each in found if _VERSION.match(each)]


def _walk(domain: str, ask: Ask, budget: Iterator[int]) -> None:
    """Go through a record and those it leads to, as a receiver would at worst."""
    records = _records(ask(domain))
    if records is None:
        return  # Another day it answers; nothing is known to be wrong.
    if len(records) != 1:
        many = f"{domain} has {len(records)} SPF records; make them one"
        raise _Unusable(many if records else f"{domain}, which it leads to, has no SPF record")
    for term in records[0].split()[1:]:
        _follow(term, domain, ask, budget)


def _follow(term: str, domain: str, ask: Ask, budget: Iterator[int]) -> None:
    modifier, mechanism = _MODIFIER.fullmatch(term), _TERM.fullmatch(term)
    name = (modifier or mechanism or {"name": ""})["name"].lower()
    if not name:
        raise _Unusable(f"“{term[:60]}” in the record of {domain} is no SPF term")
    if (name not in _ASKING or modifier) and name != "redirect":
        return
    if next(budget, None) is None:
        raise _Unusable(f"it takes more than {MOST_LOOKUPS} questions to DNS")
    value = (modifier or mechanism or {"value": ""})["value"] or ""
    # Macros (section 7) are only known with a mail at hand.
    if name in {"include", "redirect"} and "%" not in value:
        target = value.lstrip(":").rstrip(".")
        if not target:
            raise _Unusable(f"“{term}” in the record of {domain} names nobody")
        _walk(target, ask, budget)
