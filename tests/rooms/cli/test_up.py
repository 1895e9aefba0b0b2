"""`crieur up` as a newcomer starts it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from service.cli.daemons import child_environment_of
from service.config import Settings
from service.devkit.ports import PortClaims


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


def test_the_printed_link_leads_to_where_it_listens(settings: Settings) -> None:
    with PortClaims() as claims:
        port = claims.claim(18_080)

        with up(settings, listen=f"127.0.0.1:{port}") as said:
            (link,) = re.findall(r"^First operator .*: (\S+)$", said, re.MULTILINE)
            with urlopen(link, timeout=20) as page:
                status = page.status

    assert f"Readers:  http://localhost:{port}/\n" in said
    assert link.startswith(f"http://localhost:{port}/console/link/")
    assert status == 200


@contextmanager
def up(settings: Settings, *, listen: str) -> Iterator[str]:
    """Run `crieur up`, and yield what it says until readers are answered."""
    running = subprocess.Popen(
        [sys.executable, "-m", "service", "up"],
        env=child_environment_of(settings)
        | {"CRIEUR_LISTEN": listen, "CRIEUR_INBOUND_LISTEN": "127.0.0.1:0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = ""
    try:
        while f'"{listen}"' not in said and (line := running.stderr.readline()):
            said += line
        yield said
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=50)
