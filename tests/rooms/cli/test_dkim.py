"""`crieur dkim` and what `crieur doctor` says of keys, as an operator's shell calls them."""

import json
import subprocess
import sys
from pathlib import Path

from service.cli.daemons import child_environment_of
from service.config import Settings
from service.delivery.messages.dkim_keys import create_dkim_key, load_dkim_keys
from service.delivery.messages.dkim_record import check_published_key


def _crieur(settings: Settings, *words: str, keys: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        env=child_environment_of(settings)
        | {
            "CRIEUR_DKIM_KEYS": keys,
            "CRIEUR_SMTP_URL": settings.smtp_url[0].get_secret_value(),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_a_new_key_comes_with_its_record_and_its_setting(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    words = ["--domain", "news.example", "--selector", "c2026", "--type", "ed25519", "--json"]

    made = _crieur(settings, "dkim", "keygen", *words, "--out", str(file))
    again = _crieur(settings, "dkim", "keygen", *words, "--out", str(file))

    facts = json.loads(made.stdout)
    (key,) = load_dkim_keys([facts["setting"]]).keys
    assert facts["name"] == key.name == "c2026._domainkey.news.example"
    assert check_published_key(key, [facts["record"]]) == []
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_keys_in_the_settings_are_shown_as_lines_of_a_zone(
    settings: Settings, tmp_path: Path
) -> None:
    key = create_dkim_key(tmp_path / "k", domain="news.example", selector="c1", is_rsa=True)

    shown = _crieur(settings, "dkim", "show", keys=f"news.example:c1:{tmp_path}/k")
    none = _crieur(settings, "dkim", "show")

    assert shown.stdout.startswith(f'{key.name}. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert none.returncode == 1
    assert "crieur dkim keygen" in none.stderr


def test_a_wrong_key_stops_the_start_with_a_sentence(settings: Settings) -> None:

    ended = _crieur(settings, "scheduler", keys="news.example:c1:/no/such.pem")

    assert ended.returncode == 1
    assert ended.stderr.startswith("crieur: CRIEUR_DKIM_KEYS names /no/such.pem, which does not")
    assert "Traceback" not in ended.stderr


def test_the_doctor_looks_at_keys_and_at_who_may_read_them(
    settings: Settings, tmp_path: Path
) -> None:
    """There is no DNS in the tests, and the doctor must not blame anybody's record for that."""
    create_dkim_key(tmp_path / "k", domain="news.invalid", selector="c1", is_rsa=False)
    (tmp_path / "k").chmod(0o644)

    ended = _crieur(settings, "doctor", "--json", keys=f"news.invalid:c1:{tmp_path}/k")

    found = {each["check"]: each for each in map(json.loads, ended.stdout.splitlines())}
    assert found[f"DKIM key file {tmp_path}/k"]["verdict"] == "warning"
    assert "chmod 600" in found[f"DKIM key file {tmp_path}/k"]["advice"]
    assert found["DKIM key c1._domainkey.news.invalid"]["verdict"] in {"warning", "bad"}
    assert {each["verdict"] for name, each in found.items() if name.startswith("relay")} == {"good"}
    assert found["schema"]["verdict"] == "good"
