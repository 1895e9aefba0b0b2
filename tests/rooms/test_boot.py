"""Settings become a runtime, and a setting that cannot be used stops the start with its name."""

from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from pydantic import SecretStr

from service.boot import build_runtime, exposing_metrics, runtime, send_dependencies
from service.config import Settings, load_settings
from service.delivery.progress.thresholds import Thresholds
from service.delivery.smtp.retry import UncertainPolicy
from service.kit.errors import Misconfigured
from service.kit.metrics import CounterMetric
from tests.fakes.ports import a_free_port


def some_settings(**changes: Any) -> Settings:
    """Return settings of servers that nobody asks: a runtime connects to nothing by itself."""
    servers = {
        "database_url": SecretStr("postgresql://crieur@db/crieur"),
        "redis_url": SecretStr("redis://127.0.0.1:1"),
        "secret_key": [SecretStr("s" * 32)],
        "smtp_url": [SecretStr("smtp://127.0.0.1:1")],
    }
    return load_settings(**{**servers, **changes})


def test_an_own_pacing_file_is_read_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pacing.toml"
    settings = some_settings(pacing_file=file)

    with pytest.raises(Misconfigured, match=r"^CRIEUR_PACING_FILE cannot be read: No such file"):
        build_runtime(settings)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured, match=r"^CRIEUR_PACING_FILE cannot be read: it is not UTF-8"):
        build_runtime(settings)
    file.write_text("[receiver.orange]\nper_minute = 90\n", "utf-8")
    with runtime(settings) as built:
        assert built.throttle.rules.rule_of("orange").per_minute == 90


@pytest.mark.parametrize(
    ("database", "redis", "named"),
    [
        ("postgresql://crieur:sesame@db:port/crieur", "redis://127.0.0.1:1", "DATABASE"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@127.0.0.1:port", "REDIS"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@[127.0.0.1:1", "REDIS"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@127.0.0.1:1?foo=bar", "REDIS"),
    ],
)
def test_an_address_that_cannot_be_read_is_named_and_not_shown(
    database: str, redis: str, named: str
) -> None:
    settings = some_settings(database_url=SecretStr(database), redis_url=SecretStr(redis))

    with pytest.raises(Misconfigured, match=f"CRIEUR_{named}_URL is not an address") as refused:
        build_runtime(settings)

    assert "sesame" not in str(refused.value)


def test_a_command_meets_a_wrong_setting_only_when_it_needs_it() -> None:
    """Whoever lists readers need not wait for Redis to be configured well."""
    built = build_runtime(some_settings(redis_url=SecretStr("redis://127.0.0.1:port")), lazily=True)

    assert len(built.relays) == 1
    with pytest.raises(Misconfigured, match="CRIEUR_REDIS_URL"):
        built.redis_store  # noqa: B018  To ask for it is the act.
    built.close()


def test_no_runtime_is_built_before_its_servers_are_known() -> None:
    """It would connect to whatever the libraries take for their default."""
    with pytest.raises(ValueError, match="embedded servers must be started"):
        build_runtime(some_settings(database_url=None, redis_url=None))


def test_who_sends_knows_when_to_pause_and_what_to_do_in_doubt() -> None:
    with (
        runtime(some_settings()) as plain,
        runtime(
            some_settings(uncertain="leave", pause_at_policy="0", pause_at_complaints="0.3")
        ) as changed,
    ):
        usual, other = send_dependencies(plain), send_dependencies(changed)

    assert usual.when_uncertain is UncertainPolicy.RETRY
    assert usual.thresholds == Thresholds()
    assert other.when_uncertain is UncertainPolicy.LEAVE
    assert other.thresholds == Thresholds(hard_bounces=5, complaints=0.3, policy=0)


def test_without_a_relay_nothing_is_sent_and_the_setting_is_named() -> None:
    """An edition waits for the setting; its deliveries must not fail one by one."""
    with (
        runtime(some_settings(smtp_url=[])) as built,
        pytest.raises(Misconfigured, match=r"^CRIEUR_SMTP_URL is missing"),
    ):
        send_dependencies(built)


def test_metrics_are_served_where_the_setting_says_and_only_while_the_daemon_runs() -> None:
    """A second daemon on the port of one that has ended must be able to start."""
    counter = CounterMetric("crieur_boot_tested_total", "Times that this was tested.")
    with a_free_port() as port:
        listen = f"127.0.0.1:{port}"
        with exposing_metrics(some_settings(metrics_listen=listen), [counter]):
            counter.inc()
            scraped = urlopen(f"http://{listen}/metrics").read().decode()
        with pytest.raises(URLError):
            urlopen(f"http://{listen}/metrics")

    assert "crieur_boot_tested_total 1.0" in scraped


def test_a_daemon_that_nobody_scrapes_records_nothing() -> None:
    """Recording costs time in every message."""
    counter = CounterMetric("crieur_boot_untested_total", "Times that this was not tested.")

    with exposing_metrics(some_settings(), [counter]):
        counter.inc()

    assert not counter.is_active
