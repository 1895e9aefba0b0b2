"""What `crieur doctor` says of relays, as an operator's shell calls it."""

import json
import socket
import subprocess
import sys

from service.cli.daemons import child_environment_of
from service.config import Settings


def test_a_relay_that_does_not_answer_comes_with_what_to_check(settings: Settings) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else can answer here meanwhile.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        ended = subprocess.run(
            [sys.executable, "-m", "service", "doctor", "--json"],
            env=child_environment_of(settings)
            | {"CRIEUR_SMTP_URL": f"smtp://crieur:sesame@127.0.0.1:{port}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )

    findings = {each["check"]: each for each in map(json.loads, ended.stdout.splitlines())}
    relay = findings[f"relay 127.0.0.1:{port}"]
    assert ended.returncode == 1
    assert relay["verdict"] == "bad"
    assert "check its address and login in CRIEUR_SMTP_URL" in relay["advice"]
    assert "sesame" not in ended.stdout + ended.stderr
