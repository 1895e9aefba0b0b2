"""What `crieur doctor` says of relays, as an operator's shell calls it."""

import json
import socket
import subprocess
import sys
from datetime import date, time
from pathlib import Path

from sqlalchemy import text

from service.audience import suppress
from service.audience.address import parse_address
from service.boot import Runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from service.kit.db import Begin
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import SECRET, FakeClock
from tests.rooms.cli.one_day import on_one_day
from workers import send_notice


def test_a_relay_that_does_not_answer_comes_with_what_to_check(settings: Settings) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else can answer here meanwhile.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        ended = _doctor(settings, {"CRIEUR_SMTP_URL": f"smtp://crieur:sesame@127.0.0.1:{port}"})

    findings = {each["check"]: each for each in _findings(ended.stdout)}
    relay = findings[f"relay 127.0.0.1:{port}"]
    assert ended.returncode == 1
    assert relay["verdict"] == "bad"
    assert "check its address in CRIEUR_SMTP_URL" in relay["advice"]
    assert relay["advice"].startswith("Nothing listens at this address and port")
    assert "sesame" not in ended.stdout + ended.stderr


def test_a_redis_that_is_away_is_asked_for_nothing_else(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        ended = _doctor(
            settings, {"CRIEUR_REDIS_URL": f"redis://127.0.0.1:{taken.getsockname()[1]}/0"}
        )

    verdicts = {each["check"]: each["verdict"] for each in _findings(ended.stdout)}
    assert ended.returncode == 1
    assert verdicts["redis"] == "bad"
    assert "redis eviction" not in verdicts
    assert "disk" in verdicts


def test_a_database_that_is_away_keeps_nothing_else_from_being_looked_at(
    settings: Settings,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"postgresql+psycopg://crieur:sesame@127.0.0.1:{port}/crieur"

        ended = _doctor(settings, {"CRIEUR_DATABASE_URL": url})

    findings = {each["check"]: each for each in _findings(ended.stdout)}
    assert ended.returncode == 1
    assert "Connection refused" in findings["database"]["advice"]
    assert findings["database"]["advice"].endswith("check CRIEUR_DATABASE_URL.")
    assert findings["redis"]["verdict"] == "good"
    assert {"disk", "relay"} <= {check.partition(" ")[0] for check in findings}
    assert "sesame" not in ended.stdout + ended.stderr


def test_a_setting_that_nothing_reads_comes_with_the_one_that_is_meant(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("# CRIEUR_OLD=1\nCRIEUR_WARMUP=off\n")

    ended = _doctor(
        settings, {"CRIEUR_SMPT_URL": "smtp://mail.example.org", "CRIEUR_TYPO": "1"}, cwd=tmp_path
    )

    told = [each for each in _findings(ended.stdout) if "setting" in each["check"]]
    assert [(each["check"], each["verdict"], each["advice"]) for each in told] == [
        ("setting CRIEUR_SMPT_URL", "warning", "Nothing reads it: write CRIEUR_SMTP_URL."),
        ("setting CRIEUR_TYPO", "warning", "Nothing reads it: remove it."),
        ("setting CRIEUR_WARMUP", "warning", "Nothing reads it: write CRIEUR_WARM_UP."),
    ]


def test_a_sender_that_no_relay_is_for_is_named(settings: Settings, begin: Begin) -> None:
    with begin() as session:
        a_newsletter(session, now=FakeClock()())

    ended = _doctor(settings, {"CRIEUR_SMTP_URL": "smtp://127.0.0.1:9?from=example.com"})

    findings = {each["check"]: each for each in _findings(ended.stdout)}
    assert findings["relay for example.org"]["verdict"] == "bad"
    assert "from=" in findings["relay for example.org"]["advice"]


def test_a_new_sender_comes_with_what_the_day_holds_and_a_wrong_one_is_named(
    settings: Settings, begin: Begin
) -> None:
    with begin() as session:
        a_newsletter(session, now=FakeClock()())
        late = "soir@late.example"
        a_newsletter(session, now=FakeClock()(), slug="le-soir", sender_address=late)
    names = ("example.org", "late.example", "exampel.org")

    def ask(today: date) -> "subprocess.CompletedProcess[str]":
        days = zip(names, (today, date.max, today), strict=True)
        return _doctor(
            settings, {"CRIEUR_WARM_UP": " ".join(f"{name}@{day}" for name, day in days)}
        )

    ended = on_one_day(ask)

    told = {each["check"]: each for each in _findings(ended.stdout)}
    new, later, wrong = (told[f"warm-up of {name}"] for name in names)
    assert (new["verdict"], later["verdict"], wrong["verdict"]) == ("good", "warning", "warning")
    assert "Day 1: each mailbox provider gets at most 200 messages today" in new["advice"]
    assert "leaves before 9999-12-31" in later["advice"]
    assert "No newsletter sends from it" in wrong["advice"]


def _doctor(
    settings: Settings, environment: dict[str, str], *, cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service", "doctor", "--json"],
        env=child_environment_of(settings) | environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def _findings(told: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in told.splitlines()]


def test_suppressions_whose_secret_is_gone_are_told(settings: Settings, runtime: Runtime) -> None:
    with runtime.begin() as session:
        suppress.suppress(
            session,
            address=parse_address("awa@example.org"),
            reason=suppress.ERASED,
            now=runtime.clock(),
            keyring=runtime.keyring,
        )
    other = "f" * 32

    known = _doctor(settings, {"CRIEUR_SECRET_KEY": other, "CRIEUR_RETIRED_KEYS": SECRET})
    gone = _doctor(settings, {"CRIEUR_SECRET_KEY": other})

    assert not [each for each in _findings(known.stdout) if each["check"] == "suppressions"]
    (told,) = [each for each in _findings(gone.stdout) if each["check"] == "suppressions"]
    assert told["verdict"] == "bad"
    assert told["advice"].startswith("1 were made with a secret that is no longer set")


def test_a_newsletter_without_a_clock_and_mails_that_cannot_be_written_are_told(
    settings: Settings, runtime: Runtime, clock: FakeClock
) -> None:
    with runtime.begin() as session:
        paper = a_newsletter(session, now=clock(), days=(1,), times=(time(7),))
        reader = a_reader(session, paper, now=clock())
        notice_id = a_goodbye(session, paper.id, reader.subscriber_id, now=clock())
        session.execute(text("UPDATE newsletter SET sender_address = 'rené@example.org'"))
        session.execute(text("UPDATE newsletter SET time_zone = 'Pacific/Atlantis'"))
    send_notice.run(runtime, notice_id=notice_id)

    found = {each["check"]: each for each in _findings(_doctor(settings, {}).stdout)}

    assert found["newsletter le-matin"]["verdict"] == "bad"
    assert "no time zone “Pacific/Atlantis”" in found["newsletter le-matin"]["advice"]
    assert found["confirmation messages"]["verdict"] == "bad"
    assert "could not be composed (Invalid)" in found["confirmation messages"]["advice"]
