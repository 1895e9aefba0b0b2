"""Pure: how fast each mailbox provider may be sent to, and what it replies when that was too fast.

The numbers and texts are data in `pacing.toml`. A correction needs no change of code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files

from service.delivery.throttling.pacing_config import (
    PacingConfig,
    ProviderConfig,
    config_error,
    parse_pacing_config,
)

DEFAULT_RULE = "default"
"""The name of the rule for every domain without one of its own."""

DOMAIN_PREFIX = "domain:"
"""What stands before a domain that has no rule of its own but asked us to go slower."""

WARM_UP = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
"""Messages a day to one provider from a new sender domain, day after day; then without limit."""

_CACHED = 200_000
_SAID = 600


class BackoffAction(StrEnum):
    """What a provider's reply asks for."""

    SLOW = "slow"
    STOP = "stop"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffRule:
    """Go slower, or stop, for so long."""

    act: BackoffAction
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlePattern:
    """Texts with which a provider asks for fewer messages."""

    texts: tuple[tuple[str, ...], ...]
    codes: str
    backoff: BackoffRule

    def fits(self, said: str) -> bool:
        """Return whether one of the texts is in a lower-case reply."""
        return said.startswith(self.codes) and any(_follows(said, text) for text in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingRule:
    """The limits of one receiving system; None stands for no limit."""

    name: str
    slowed_per_minute: int
    in_flight: int | None = None
    per_connection: int | None = None
    per_minute: int | None = None
    patterns: tuple[ThrottlePattern, ...] = ()


class PacingRules:
    """All rules; whose they are is found by domain."""

    def __init__(
        self,
        providers: Mapping[str, PacingRule],
        domains: Mapping[str, str],
        *,
        slope: float,
        after: float,
    ) -> None:
        """Take the rules by name, and the name by domain."""
        self.providers = providers
        # The share of the full rate that comes back in a minute, and with which a stop ends.
        self.regained_per_minute = slope
        self.after_stop = after
        self._exact = {name: owner for name, owner in domains.items() if name[0] != "*"}
        self._suffixes = {name[1:]: owner for name, owner in domains.items() if name[0] == "*"}
        self._known: dict[str, str] = {}
        self._connection_limits: dict[str, tuple[str, int] | None] = {}

    @classmethod
    def load(cls, text: str | None = None, override: str | None = None) -> "PacingRules":
        """Read the pacing file, or `text` in its place, and lay an operator's file over it.

        In `override` a number replaces ours (0: no limit), domains are added and leave the
        provider that had them, and patterns are tried before ours.

        Raises:
            Misconfigured: a file cannot be meant; the sentence says where and what to do.
        """
        text = (files(__package__) / "pacing.toml").read_text("utf-8") if text is None else text
        book = parse_pacing_config(text)
        if override is not None:
            own = parse_pacing_config(override)
            _check_known(own, book)
            book = book.overlaid(own)
        ours = book.providers.get(DEFAULT_RULE)
        if ours is None or ours.slowed_per_minute is None:
            raise config_error(f"needs [receiver.{DEFAULT_RULE}] with slowed_per_minute")
        if not book.regained_per_minute or not book.after_stop:
            raise config_error("needs [resume] with step and after_stop")
        rules = {
            name: _rule(name, provider, ours, slowed=ours.slowed_per_minute)
            for name, provider in book.providers.items()
        }
        domains = {
            domain: name for name, provider in book.providers.items() for domain in provider.domains
        }
        return cls(rules, domains, slope=book.regained_per_minute, after=book.after_stop)

    def rule_name_of(self, domain: str) -> str:
        """Return the name of a domain's rule: its mailbox provider, or `default`."""
        try:
            return self._known[domain]
        except KeyError:
            return self._find(domain)

    def provider_of(self, domain: str) -> str:
        """Return the mailbox provider of a domain: its rule's name, or else the domain."""
        name = domain.lower().rstrip(".")
        provider = self.rule_name_of(name)
        return name if provider == DEFAULT_RULE else provider

    def connection_limit(self, recipient: str) -> tuple[str, int] | None:
        """Return a recipient's mailbox provider and its `per_connection`, None if it has none.

        It is called for every message. Domains without a rule count one by one.
        """
        domain = recipient[recipient.rfind("@") + 1 :]
        try:
            return self._connection_limits[domain]
        except KeyError:
            most = self.rule_of(self.rule_name_of(domain)).per_connection
            limit = None if most is None else (self.provider_of(domain), most)
            if len(self._connection_limits) >= _CACHED:
                self._connection_limits.clear()
            self._connection_limits[domain] = limit
            return limit

    def rule_of(self, provider: str) -> PacingRule:
        """Return a provider's rule, the one of `default` for a name without one."""
        return self.providers.get(provider) or self.providers[DEFAULT_RULE]

    def backoff_for(self, provider: str, reply: str) -> BackoffRule | None:
        """Return what a reply (`421 4.7.28 …`, any 4xx or 5xx) asks us to do, if anything."""
        said = reply[:_SAID].lower()
        if said[:1] not in {"4", "5"}:
            return None
        for pattern in self.rule_of(provider).patterns:
            if pattern.fits(said):
                return pattern.backoff if pattern.backoff.act is not BackoffAction.IGNORE else None
        return None

    def _find(self, domain: str) -> str:
        name = domain.lower().rstrip(".")
        found = self._exact.get(name) or self._by_suffix(name)
        if len(self._known) >= _CACHED:
            # An audience may have more domains than this is worth; begin again.
            self._known.clear()
        self._known[domain] = found
        return found

    def _by_suffix(self, name: str) -> str:
        place = name.find(".")
        while place >= 0:
            if found := self._suffixes.get(name[place:]):
                return found
            place = name.find(".", place + 1)
        return DEFAULT_RULE


def warm_up_limit(first_sent: date, today: date, schedule: Sequence[int] = WARM_UP) -> int | None:
    """Return how many messages a new sender domain may send to one provider today, None for any.

    The first day is the first entry, whether or not anything was sent; before it nothing goes.
    """
    day = (today - first_sent).days
    if day < 0:
        return 0
    return schedule[day] if day < len(schedule) else None


def _check_known(own: PacingConfig, ours: PacingConfig) -> None:
    """Refuse a table that would limit no domain: most likely its name is misspelt."""
    for name, provider in own.providers.items():
        if name not in ours.providers and not provider.domains:
            known = ", ".join(sorted(ours.providers))
            raise config_error(
                f"has [receiver.{name}], which is unknown and has no domains: give it "
                f"domains, or use {known}"
            )


def _rule(name: str, provider: ProviderConfig, ours: ProviderConfig, *, slowed: int) -> PacingRule:
    patterns = provider.backoff if provider is ours else provider.backoff + ours.backoff
    return PacingRule(
        name=name,
        slowed_per_minute=provider.slowed_per_minute or slowed,
        in_flight=provider.in_flight or None,
        per_connection=provider.per_connection or None,
        per_minute=provider.per_minute or None,
        patterns=tuple(
            ThrottlePattern(
                texts=tuple(tuple(text.lower().split(" * ")) for text in each.texts),
                codes=each.codes,
                backoff=BackoffRule(
                    act=BackoffAction(each.action), lasts=timedelta(minutes=each.minutes or 0)
                ),
            )
            for each in patterns
        ),
    )


def _follows(said: str, pieces: tuple[str, ...]) -> bool:
    position = 0
    for piece in pieces:
        position = said.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True
