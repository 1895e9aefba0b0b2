"""Every setting, and the only reader of the environment.

Settings come from the environment and from a `.env` file in the working directory, with the
prefix `CRIEUR_`. A wrong value stops the start with a sentence that names the setting; values
of secrets are never shown.
"""

import os
import re
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.kit.errors import Misconfigured
from service.kit.listen import url_of

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?")
_PORT = re.compile(r"[0-9]{1,5}")
_IN_FILE = re.compile(r"^\s*(?:export\s+)?(CRIEUR_\w+)\s*=", re.MULTILINE | re.IGNORECASE)
_FILE = ".env"
_WARM_UP = "must be off, or sender domains with their first day such as example.org@2026-11-20"
_PUBLIC_URL = re.compile(
    r"(?i)https?://(?:[a-zA-Z0-9_.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?(?:/[^\s?#]*)?"
)

_LAST_PORT = 65_535
_SHORTEST_SECRET = 32


def _has_a_port(url: str) -> bool:
    """Tell whether an address names no port, or a number that one can have.

    0 is one: a server that listens on any free port gets it from `listen`.
    """
    try:
        return (urlsplit(url).port or 0) >= 0
    except ValueError:
        return False


def default_data_dir() -> Path:
    """Return where embedded data lives when `CRIEUR_DATA_DIR` is unset.

    Root's lies outside root's home, because PostgreSQL runs there as another user.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/crieur")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "crieur"


class Settings(BaseSettings):
    """What an operator may set; each one is described in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="CRIEUR_",
        env_file=_FILE,
        env_file_encoding="utf-8",
        # `NAME=` means unset: an empty path would be the working directory.
        env_ignore_empty=True,
        extra="ignore",
    )

    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    data_dir: Path = Field(default_factory=default_data_dir)
    listen: str = "127.0.0.1:8080"
    # Behind `listen`, so that links work when only that one is set.
    public_url: str = Field(default_factory=lambda before: url_of(before["listen"]))
    secret_key: Annotated[list[SecretStr], NoDecode] = []
    retired_keys: Annotated[list[SecretStr], NoDecode] = []
    publication_name: str = "Crieur"
    publication_time_zone: str = "Africa/Abidjan"
    publication_language: Literal["fr", "en", "pt", "ar"] = "fr"

    forwarded_allow_ips: str = "127.0.0.1"

    smtp_url: Annotated[list[SecretStr], NoDecode] = []
    smtp_connections: int = Field(default=8, ge=1, le=1000)
    pacing_file: Path | None = None
    warm_up: Annotated[dict[str, date], NoDecode] = {}
    bounce_domain: str = "localhost"
    dkim_keys: Annotated[list[str], NoDecode] = []
    inbound_listen: str = "127.0.0.1:8025"
    inbound_lmtp_listen: str | None = None
    metrics_listen: str | None = None

    worker_processes: int = Field(default=1, ge=1, le=64)
    worker_threads: int = Field(default=4, ge=1, le=64)
    tick_seconds: float = Field(default=5, gt=0, le=60)
    lease_seconds: float = Field(default=120, ge=1, le=3600)
    uncertain: Literal["retry", "leave"] = "retry"
    pause_at_hard_bounces: float = Field(default=5, ge=0, le=100, allow_inf_nan=False)
    pause_at_complaints: float = Field(default=0.1, ge=0, le=100, allow_inf_nan=False)
    pause_at_policy: float = Field(default=5, ge=0, le=100, allow_inf_nan=False)
    confirm_valid_for: timedelta = timedelta(days=3)
    fetch_allow_private: bool = False
    fetch_ports: Annotated[list[int], NoDecode] = [80, 443, 8080, 8443]
    events_secret: SecretStr | None = None

    log_json: bool | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("secret_key", "retired_keys", "smtp_url", "dkim_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Several values stand in one variable, separated by white space."""
        return value.split() if isinstance(value, str) else value

    @field_validator("fetch_ports", mode="before")
    @classmethod
    def _read_ports(cls, value: object) -> object:
        """Read port numbers, separated by white space or commas."""
        if not isinstance(value, str):
            return value
        ports = value.replace(",", " ").split()
        if not ports or not all(
            _PORT.fullmatch(each) and 0 < int(each) <= _LAST_PORT for each in ports
        ):
            raise ValueError("must be port numbers such as 80 443 8080 8443")
        return [int(each) for each in ports]

    @field_validator("warm_up", mode="before")
    @classmethod
    def _read_new_senders(cls, value: object) -> object:
        """Read `off`, or domains each with its first day, separated by white space."""
        if not isinstance(value, str):
            return value
        try:
            pairs = [each.lower().split("@") for each in value.split() if each != "off"]
            senders = {domain: date.fromisoformat(day) for domain, day in pairs}
        except ValueError:
            raise ValueError(_WARM_UP) from None
        if not all(map(_DOMAIN.fullmatch, senders)):
            raise ValueError(_WARM_UP)
        return senders

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        """Only PostgreSQL is a store, and only through psycopg 3, however the URL is written."""
        if value is None:
            return value
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
            raise ValueError("must start with postgresql://")
        return SecretStr(f"postgresql+psycopg://{rest}")

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        schemes = ("redis://", "rediss://", "unix://")
        if value is not None and not value.get_secret_value().startswith(schemes):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("public_url")
    @classmethod
    def _has_a_scheme(cls, value: str) -> str:
        value = value.strip()
        if not value.lower().startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        if not value.isascii():
            raise ValueError(
                "must have its domain in ASCII letters (xn--…), as mail programs and servers "
                "write it"
            )
        if not _PUBLIC_URL.fullmatch(value) or not _has_a_port(value):
            raise ValueError("must be an address such as https://newsletters.example.org")
        if urlsplit(value).path.strip("/"):
            raise ValueError(
                "must have no path: pages are answered at the root of a host, such as "
                "https://newsletters.example.org; give Crieur a host name of its own"
            )
        scheme, rest = value.rstrip("/").split("://", 1)
        return f"{scheme.lower()}://{rest.lower()}"

    @field_validator("bounce_domain")
    @classmethod
    def _is_a_domain(cls, value: str) -> str:
        if not _DOMAIN.fullmatch(value):
            raise ValueError("must be a domain such as bounces.example.org")
        return value

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        """Refuse a value that would quietly trust no proxy; `*` trusts all, for closed networks."""
        try:
            for each in value.split(","):
                ip_network(each.strip() if each.strip() != "*" else "0.0.0.0/0", strict=False)
        except ValueError as error:
            raise ValueError(
                "must be addresses with commas between them, such as 127.0.0.1,10.0.0.0/8"
            ) from error
        return value

    @field_validator("confirm_valid_for")
    @classmethod
    def _is_long_enough_to_answer(cls, value: timedelta) -> timedelta:
        if not timedelta(minutes=5) <= value <= timedelta(days=365):
            raise ValueError("must be between PT5M and P365D, such as P3D for three days")
        return value

    @field_validator("publication_time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be an IANA time zone such as Africa/Abidjan") from error
        return value

    @field_validator("secret_key", "retired_keys")
    @classmethod
    def _is_long_enough(cls, value: list[SecretStr]) -> list[SecretStr]:
        if any(len(secret.get_secret_value()) < _SHORTEST_SECRET for secret in value):
            raise ValueError(
                "must have at least 32 characters; make one with 'openssl rand -hex 32'"
            )
        return value

    @field_validator("listen", "inbound_listen", "inbound_lmtp_listen", "metrics_listen")
    @classmethod
    def _is_host_and_port(cls, value: str | None) -> str | None:
        if value is None:
            return value
        host, _, port = value.rpartition(":")
        if not host or not _PORT.fullmatch(port) or int(port) > _LAST_PORT:
            raise ValueError("must be host:port such as 127.0.0.1:8080")
        return value

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.database_url is None) != (self.redis_url is None):
            raise ValueError(
                "set both CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL, or neither to run embedded ones"
            )
        if self.database_url is not None and not self.secret_key:
            raise ValueError(
                "CRIEUR_SECRET_KEY is missing: set it to the output of 'openssl rand -hex 32' "
                "and keep it, links in messages already sent depend on it"
            )
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether Crieur starts its own PostgreSQL and Valkey."""
        return self.database_url is None


def load_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        Misconfigured: a value is wrong; the sentence names the setting and hides the value.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them itself
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = "CRIEUR_" + str(first["loc"][0]).upper() if first["loc"] else "The settings"
        reason = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] != "value_error":
            reason = f"cannot be used: {reason[:1].lower()}{reason[1:]} (see .env.example)"
        joiner = ": " if not first["loc"] else " "
        raise Misconfigured(f"{name}{joiner}{reason}.") from None


def unknown_settings() -> Mapping[str, str | None]:
    """Return names that look like settings and that nothing reads, each with what is meant."""
    # Without the prefix: it would make any two names alike.
    known = [name.upper() for name in sorted(Settings.model_fields)]
    file = Path(_FILE)
    written = file.read_text("utf-8", errors="replace") if file.is_file() else ""
    given = {name.upper() for name in (*os.environ, *_IN_FILE.findall(written))}
    strangers = {name[7:] for name in given if name.startswith("CRIEUR_")} - {*known}
    meant = {name: get_close_matches(name, known, n=1) for name in sorted(strangers)}
    return {f"CRIEUR_{name}": f"CRIEUR_{near[0]}" if near else None for name, near in meant.items()}


def is_scraped_by_supervisor() -> bool:
    """Return whether a supervisor exposes this process's metrics (prometheus_client's variable)."""
    return bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))


def child_environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with changes, for daemons that it starts."""
    return {**os.environ, **changes}


def publisher_key() -> str:
    """Return the key with which the demonstration's publisher tells Crieur of articles.

    The publisher stands outside Crieur, so its key is no setting and has no prefix.
    """
    return os.environ.get("PUBLISHER_KEY", "")
