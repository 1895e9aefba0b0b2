"""`crieur bench` sends real editions from real daemons, and believes only what adds up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 280
"""A send of its own servers and daemons takes half a minute on a machine that is a little busy."""

pytestmark = pytest.mark.timeout(PATIENCE + 20)


def crieur(*words: str) -> "subprocess.CompletedProcess[str]":
    # The child needs PATH; whatever the tests' shell sets of Crieur's own stays outside.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CRIEUR_")}  # noqa: TID251
    return subprocess.run(
        [sys.executable, "-m", "service", "bench", *words],
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_every_reader_is_in_the_sink_and_in_the_ledger() -> None:
    ended = crieur(
        *("send", "--recipients", "300", "--size", "20", "--dkim", "ed25519"),
        *("--runs", "1", "--baseline", "40", "--json"),
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    shown = json.loads(ended.stdout)
    assert shown["sound"] is True
    assert shown["recipients"] == 300
    assert shown["dkim"] == "ed25519"
    assert shown["bytes"] == pytest.approx(20 * 1024, rel=0.05)
    assert [books["accepted"] for books in shown["books"]] == [300]
    assert all(books["balanced"] and books["pending"] == 0 for books in shown["books"])
    assert len(shown["crieur"]["rates"]) == 1
    assert 1 <= shown["crieur"]["connections"] <= 10
    assert shown["aiosmtplib"]["mails"] == 40
    assert shown["ratio"]["aiosmtplib"] > 0
    assert shown["crieur"]["enrolment_rows"] > 0
    if sys.platform == "linux":
        assert set(shown["crieur"]["cpu_us"]) == {"worker", "sink", "postgres"}
        assert shown["crieur"]["worker_peak_mb"] > 10


def test_enrolment_is_measured_by_itself() -> None:
    ended = crieur("enrol", "--recipients", "1000", "--runs", "1", "--json")

    assert ended.returncode == 0, ended.stderr
    shown = json.loads(ended.stdout)
    assert shown["sound"] is True
    assert len(shown["rates"]) == 1


def test_the_sink_is_measured_by_itself() -> None:
    ended = crieur("sink", "--mails", "105", "--runs", "2")

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("The sink takes ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--size", "3"], "A digest has between 16 and 90 KB: choose such a --size."),
        (["--dkim", "md5"], "--dkim is one of: none, ed25519, rsa."),
        (["--smtp-source", "/nowhere/smtp-source"], "There is no program /nowhere/smtp-source"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once(words: list[str], sentence: str) -> None:
    ended = crieur("send", "--recipients", "10", *words)

    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert ended.stdout == ""


def test_everything_is_measured_and_written_into_a_file(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"

    ended = crieur(
        "suite",
        "--only",
        "20 ms, 50 connections",
        "--scale",
        "0.002",
        "--runs",
        "1",
        "--out",
        str(out),
    )

    assert ended.returncode == 0, ended.stderr
    assert "20 ms, 50 connections" in ended.stdout
    shown = json.loads(out.read_text("utf-8"))
    assert shown["sound"] is True
    assert list(shown["sends"]) == ["20 ms, 50 connections"]
    assert shown["sends"]["20 ms, 50 connections"]["hold_ms"] == 20
    assert shown["enrolment"]["recipients"] == 2000
    assert shown["choices"]["1000"]["choices"] == shown["choices"]["1000"]["recipients"] == 40
    assert shown["choices"]["1000"]["first_mail_s"] > 0
    assert shown["alert"]["recipients"] == 10
    assert 0 < shown["alert"]["first_accepted_s"]["p50"] <= shown["alert"]["all_accepted_s"]["max"]
    assert shown["sink"]["rate"] > 0
