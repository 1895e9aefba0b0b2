"""`crieur up` as a newcomer starts it."""

import socket
import subprocess
import sys

from service.cli.daemons import child_environment_of
from service.config import Settings


def test_a_taken_port_stops_the_start_with_a_sentence(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"

        ended = subprocess.run(
            [sys.executable, "-m", "service", "up"],
            env=child_environment_of(settings)
            | {"CRIEUR_LISTEN": "127.0.0.1:0", "CRIEUR_INBOUND_LISTEN": listen},
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )

    assert ended.returncode == 1
    assert f"crieur: Cannot listen on {listen}: " in ended.stderr
    assert ended.stderr.rstrip().endswith("or set CRIEUR_INBOUND_LISTEN.")
    assert "Console:" not in ended.stderr
