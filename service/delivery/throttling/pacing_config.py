"""Pure: the form of a pacing file, read strictly, because a misspelt limit is no limit.

Every fault is one sentence that says where it stands and what to do.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from service.kit.errors import Misconfigured

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Basis = Literal["published", "observed", "cautious"]
Action = Literal["slow", "stop", "ignore"]
NumberName = Literal["in_flight", "per_connection", "per_minute", "slowed_per_minute"]
NUMBERS: tuple[NumberName, ...] = get_args(NumberName)
_MOST = 1_000_000
_EVERY = 5

Limit = Annotated[int, Field(ge=0, le=_MOST)]
Minutes = Annotated[int, Field(ge=1, le=_MOST)]
Share = Annotated[float, Field(gt=0, le=1)]
Domain = Annotated[str, Field(pattern=r"^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")]
Name = Annotated[str, Field(pattern="^[a-z0-9]+$")]


class _Table(BaseModel):
    """A table of the file: every key is known, no value is converted."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class BackoffConfig(_Table):
    """Words of a provider that was written to too fast, and what they ask for."""

    # A list in TOML.
    texts: Annotated[tuple[str, ...], Field(strict=False)] = ()
    codes: Annotated[str, Field(pattern=r"^(?:[45][0-9]{0,2})?$")] = ""
    action: Action
    minutes: Minutes | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if not self.texts or not all(text.replace("*", "").strip() for text in self.texts):
            raise PydanticCustomError(
                "sentence", "has no texts in PLACE: a text without words would fit every reply"
            )
        if self.minutes is None and self.action != "ignore":
            raise PydanticCustomError("sentence", "has no minutes in PLACE")
        return self


class ProviderConfig(_Table):
    """One table of the file; None stands for a number that it does not give."""

    domains: Annotated[tuple[Domain, ...], Field(strict=False)] = ()
    in_flight: Limit | None = None
    per_connection: Limit | None = None
    per_minute: Limit | None = None
    slowed_per_minute: Limit | None = None
    backoff: Annotated[tuple[BackoffConfig, ...], Field(strict=False)] = ()
    # For a person who checks the file: where each number comes from. Nothing is decided by it.
    basis: dict[NumberName, Basis] = {}
    source: str = ""
    checked: date | None = None

    @field_validator("slowed_per_minute")
    @classmethod
    def _is_a_rate(cls, value: int | None) -> int | None:
        if value == 0:
            raise PydanticCustomError(
                "sentence", "has slowed_per_minute = 0 in PLACE: use at least 1"
            )
        return value

    def overlaid(self, theirs: "ProviderConfig") -> "ProviderConfig":
        """Return this table with another one laid over it."""
        numbers: dict[str, int] = {
            name: value for name in NUMBERS if (value := getattr(theirs, name)) is not None
        }
        return self.model_copy(
            update={
                **numbers,
                "domains": self.domains + theirs.domains,
                "backoff": theirs.backoff + self.backoff,
            }
        )


class ResumeConfig(_Table):
    """How a rate comes back; None stands for what the file does not say."""

    step: Share | None = None
    every: Minutes | None = None
    after_stop: Share | None = None


class PacingConfig(_Table):
    """A pacing file, read."""

    resume: ResumeConfig = ResumeConfig()
    receiver: dict[Name, ProviderConfig] = {}

    @model_validator(mode="after")
    def _has_one_owner_per_domain(self) -> Self:
        owners: dict[str, str] = {}
        for name, provider in self.receiver.items():
            for domain in provider.domains:
                other = owners.setdefault(domain, name)
                if other != name:
                    raise PydanticCustomError(
                        "sentence",
                        "has {domain} in [receiver.{other}] and in [receiver.{name}]: choose one",
                        {"domain": domain, "other": other, "name": name},
                    )
        return self

    @property
    def providers(self) -> Mapping[str, ProviderConfig]:
        """The tables of mailbox providers, by name."""
        return self.receiver

    @property
    def regained_per_minute(self) -> float:
        """The share of the full rate that comes back in a minute."""
        return (self.resume.step or 0) / (self.resume.every or _EVERY)

    @property
    def after_stop(self) -> float:
        """The share of the full rate with which a stopped provider begins again."""
        return self.resume.after_stop or 0

    def overlaid(self, other: "PacingConfig") -> "PacingConfig":
        """Return this file with another one laid over it; a domain leaves the table that had it."""
        moved = {domain for each in other.receiver.values() for domain in each.domains}
        merged = {
            name: mine.model_copy(
                update={"domains": tuple(each for each in mine.domains if each not in moved)}
            )
            for name, mine in self.receiver.items()
        }
        for name, theirs in other.receiver.items():
            mine = merged.get(name)
            merged[name] = theirs if mine is None else mine.overlaid(theirs)
        resume = self.resume.model_copy(update=other.resume.model_dump(exclude_none=True))
        return PacingConfig.model_construct(receiver=merged, resume=resume)


def parse_pacing_config(text: str) -> PacingConfig:
    """Return what a pacing file says.

    Raises:
        Misconfigured: it has a fault.
    """
    try:
        return PacingConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise config_error(f"is not TOML: {error}") from None
    except ValidationError as error:
        raise config_error(_sentence(error.errors(include_url=False)[0])) from None


def config_error(fault: str) -> Misconfigured:
    """Return the error for a fault, a sentence without its subject and full stop."""
    return Misconfigured(f"CRIEUR_PACING_FILE {fault}. docs/pacing.md shows the form.")


_LIST = 'has {key} in {place} that are no list of texts such as ["example.org"]'
_NUMBER = "has {key} = {value!r} in {place}: use a whole number from {least} to {most}"
_SHARE = "has {key} = {value!r} in {place}: use a share above 0 and at most 1"
_TABLE = "has {key} = {value!r}, which should be a table"
_ADVICE = {
    "domains": _LIST,
    "texts": _LIST,
    "backoff": "must write {place} with two brackets",
    "action": "has action = {value!r} in {place}: use slow, stop, ignore",
    "codes": 'has codes = {value!r} in {place}: write the first digits, such as "421"',
    "checked": "has checked = {value!r} in {place}: write a date such as 2026-11-24",
    "source": "has source = {value!r} in {place}: write a text",
    "basis": "has the basis {value!r} in {place}: use published, observed, cautious",
    "step": _SHARE,
    "after_stop": _SHARE,
}
_KEYS: dict[str, list[str]] = {
    "the file": sorted(PacingConfig.model_fields),
    "[resume]": sorted(ResumeConfig.model_fields),
    "basis": sorted(NUMBERS),
    "backoff": sorted(BackoffConfig.model_fields),
    "receiver": sorted(ProviderConfig.model_fields),
}


def _sentence(error: "ErrorDetails") -> str:
    """Say where pydantic's first error is and what to do about it."""
    loc = error["loc"]
    names = [str(part) for part in loc if not isinstance(part, int) and part != "[key]"]
    place, kind = _place(names)
    if error["type"] == "sentence":
        return error["msg"].replace("PLACE", place)
    if "[key]" in loc and kind == "receiver":
        return f"has {place}: a name is small letters and digits"
    if error["type"] == "extra_forbidden" or "[key]" in loc:
        return f"has the unknown key {names[-1]!r} in {place}: use {', '.join(_KEYS[kind])}"
    if error["type"] == "string_pattern_mismatch" and names[-1] == "domains":
        return (
            f"has the domain {error['input']!r} in {place}: write example.org, or *.example.org "
            "for all below it, in small letters and ASCII"
        )
    if error["type"] in {"model_type", "dict_type"}:
        is_entry = isinstance(loc[-1], int)
        return f"must have tables in {place}" if is_entry else _format(_TABLE, names, place, error)
    key = "basis" if kind == "basis" else names[-1]
    return _format(_ADVICE.get(key, _NUMBER), names, place.removeprefix("basis of "), error)


def _format(sentence: str, names: list[str], place: str, error: "ErrorDetails") -> str:
    value = None if error["type"] == "missing" else error["input"]
    least = 1 if names[-1] in {"every", "minutes"} else 0
    return sentence.format(key=names[-1], value=value, place=place, least=least, most=_MOST)


def _place(names: list[str]) -> tuple[str, str]:
    """Return the section that a person finds in the file, and which keys it may have."""
    match names:
        case ["resume", _, *_]:
            return "[resume]", "[resume]"
        case ["receiver", name, "backoff", *_]:
            return f"[[receiver.{name}.backoff]]", "backoff"
        case ["receiver", name, "basis", _, *_]:
            return f"basis of [receiver.{name}]", "basis"
        case ["receiver", name, *_]:
            return f"[receiver.{name}]", "receiver"
        case _:
            return "the file", "the file"
