"""Pure: the form of a pacing file, read strictly, because a misspelt limit is no limit.

Every fault is one sentence that says where it stands and what to do.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from service.kit.errors import Misconfigured

NUMBERS = ("in_flight", "per_connection", "per_minute", "slowed_per_minute")
BASES = ("published", "observed", "cautious")
ACTIONS = ("slow", "stop", "ignore")
_KEYS = {*NUMBERS, "domains", "basis", "source", "checked", "backoff"}
_DOMAIN = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]+")
_MOST = 1_000_000

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffConfig:
    """Words of a receiver that was written to too fast, and what they ask for."""

    texts: tuple[str, ...]
    codes: str
    action: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """One table of the file; None stands for a number that it does not give."""

    domains: tuple[str, ...] = ()
    in_flight: int | None = None
    per_connection: int | None = None
    per_minute: int | None = None
    slowed_per_minute: int | None = None
    complaints: tuple[BackoffConfig, ...] = ()
    # For whoever checks the file: where each number comes from. Nothing is decided by it.
    basis: Mapping[str, str]
    source: str = ""
    checked: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingConfig:
    """A pacing file, read."""

    providers: Mapping[str, ProviderConfig]
    step: float
    every: float
    after_stop: float

    def overlaid(self, other: "PacingConfig") -> "PacingConfig":
        """Return this file with another one laid over it."""
        moved = {domain for each in other.providers.values() for domain in each.domains}
        providers = {
            name: replace(mine, domains=tuple(each for each in mine.domains if each not in moved))
            for name, mine in self.providers.items()
        }
        for name, theirs in other.providers.items():
            mine = providers.get(name)
            providers[name] = theirs if mine is None else _merge(mine, theirs)
        return replace(other, providers=providers)


def parse_pacing_config(text: str, *, known: PacingConfig | None = None) -> PacingConfig:
    """Read a file; what it does not say of resuming is taken from `known`.

    Raises:
        Misconfigured: it has a fault.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise config_error(f"is not TOML: {error}") from None
    _check_keys(data, {"resume", "receiver"}, "the file")
    resume, tables = _table(data, "resume"), _table(data, "receiver")
    _check_keys(resume, {"step", "every", "after_stop"}, "[resume]")
    providers = {name: _read_receiver(name, _table(tables, name)) for name in tables}
    _check_owners(providers)
    return PacingConfig(
        providers=providers,
        step=_share(resume, "step", known.step if known else None),
        every=_number(resume, "every", "[resume]", least=1) or (known.every if known else 5),
        after_stop=_share(resume, "after_stop", known.after_stop if known else None),
    )


def config_error(fault: str) -> Misconfigured:
    """Return the error for a fault, a sentence without its subject and full stop."""
    return Misconfigured(f"CRIEUR_PACING_FILE {fault}. docs/pacing.md shows the form.")


def _merge(mine: ProviderConfig, theirs: ProviderConfig) -> ProviderConfig:
    numbers = {
        name: getattr(theirs, name) if getattr(theirs, name) is not None else getattr(mine, name)
        for name in NUMBERS
    }
    return replace(
        mine,
        domains=mine.domains + theirs.domains,
        complaints=theirs.complaints + mine.complaints,
        **numbers,
    )


def _read_receiver(name: str, table: Table) -> ProviderConfig:
    place = f"[receiver.{name}]"
    if not _NAME.fullmatch(name):
        raise config_error(f"has {place}: a name is small letters and digits")
    _check_keys(table, _KEYS, place)
    numbers = {key: _number(table, key, place) for key in NUMBERS}
    if numbers["slowed_per_minute"] == 0:
        raise config_error(f"has slowed_per_minute = 0 in {place}: use at least 1")
    return ProviderConfig(
        domains=_read_domains(table, place),
        in_flight=numbers["in_flight"],
        per_connection=numbers["per_connection"],
        per_minute=numbers["per_minute"],
        slowed_per_minute=numbers["slowed_per_minute"],
        complaints=_read_complaints(table, place),
        basis=_read_basis(table, place),
        source=str(table.get("source", "")),
        checked=_read_checked(table, place),
    )


def _read_domains(table: Table, place: str) -> tuple[str, ...]:
    domains = _texts(table, "domains", place)
    for domain in domains:
        if not _DOMAIN.fullmatch(domain):
            raise config_error(
                f"has the domain {domain!r} in {place}: write example.org, or *.example.org for "
                "all below it, in small letters and ASCII"
            )
    return domains


def _check_owners(providers: Mapping[str, ProviderConfig]) -> None:
    owners: dict[str, str] = {}
    for name, provider in providers.items():
        for domain in provider.domains:
            other = owners.setdefault(domain, name)
            if other != name:
                raise config_error(
                    f"has {domain} in [receiver.{other}] and in [receiver.{name}]: choose one"
                )


def _read_basis(table: Table, place: str) -> Mapping[str, str]:
    basis = {key: str(value) for key, value in _table(table, "basis").items()}
    _check_keys(basis, set(NUMBERS), f"basis of {place}")
    for value in basis.values():
        if value not in BASES:
            raise config_error(f"has the basis {value!r} in {place}: use {', '.join(BASES)}")
    return basis


def _read_checked(table: Table, place: str) -> date | None:
    checked = table.get("checked")
    if checked is not None and not isinstance(checked, date):
        raise config_error(f"has checked = {checked!r} in {place}: write a date such as 2026-11-24")
    return checked


def _read_complaints(table: Table, place: str) -> tuple[BackoffConfig, ...]:
    entries = table.get("backoff", [])
    place = f"[[{place[1:-1]}.backoff]]"
    if not isinstance(entries, list):
        raise config_error(f"must write {place} with two brackets")
    return tuple(_read_complaint(entry, place) for entry in entries)


def _read_complaint(entry: object, place: str) -> BackoffConfig:
    if not isinstance(entry, dict):
        raise config_error(f"must have tables in {place}")
    _check_keys(entry, {"texts", "codes", "action", "minutes"}, place)
    action, codes = entry.get("action"), entry.get("codes", "")
    texts = _texts(entry, "texts", place)
    minutes = _number(entry, "minutes", place, least=1)
    if action not in ACTIONS:
        raise config_error(f"has action = {action!r} in {place}: use {', '.join(ACTIONS)}")
    if not texts or not all(text.replace("*", "").strip() for text in texts):
        raise config_error(f"has no texts in {place}: a text without words would fit every reply")
    if not isinstance(codes, str) or not re.fullmatch(r"(?:[45]\d{0,2})?", codes):
        raise config_error(
            f'has codes = {codes!r} in {place}: write the first digits, such as "421"'
        )
    if minutes is None and action != "ignore":
        raise config_error(f"has no minutes in {place}")
    return BackoffConfig(texts=texts, codes=codes, action=str(action), minutes=minutes or 0)


def _check_keys(table: Table, allowed: set[str], place: str) -> None:
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise config_error(
            f"has the unknown key {unknown[0]!r} in {place}: use {', '.join(sorted(allowed))}"
        )


def _table(table: Table, key: str) -> Table:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise config_error(f"has {key} = {value!r}, which should be a table")
    return value


def _texts(table: Table, key: str, place: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise config_error(
            f'has {key} in {place} that are no list of texts such as ["example.org"]'
        )
    return tuple(value)


def _number(table: Table, key: str, place: str, *, least: int = 0) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= _MOST:
        raise config_error(
            f"has {key} = {value!r} in {place}: use a whole number from {least} to {_MOST}"
        )
    return value


def _share(table: Table, key: str, otherwise: float | None) -> float:
    value = table.get(key, otherwise)
    if type(value) not in {int, float} or not 0 < float(str(value)) <= 1:
        raise config_error(f"has {key} = {value!r} in [resume]: use a share above 0 and at most 1")
    return float(str(value))
