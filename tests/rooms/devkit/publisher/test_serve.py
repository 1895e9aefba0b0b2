"""The local publisher as `make demo` starts it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from service.devkit.ports import PortClaims, wait_for_port
from service.devkit.publisher.serve import main
from tests.rooms.devkit.conftest import Listener


def test_the_site_is_served_and_crieur_is_told_of_its_articles(
    tmp_path: Path, listener: Listener
) -> None:
    """French articles come by the site's feeds and English ones by events: both must be there."""
    with PortClaims() as claims:
        port = claims.claim(21_700)
        command = [
            *(sys.executable, "-m", "service.devkit.publisher", "--folder", str(tmp_path)),
            *("--port", str(port), "--every", "3600"),
            *("--push", f"{listener.url}/events", "--push-language", "en"),
        ]
        # The child needs PATH; this shell's other settings do not matter to it.
        environment = os.environ | {"PUBLISHER_KEY": "k3y"}  # noqa: TID251
        with subprocess.Popen(command, env=environment) as publisher:
            assert wait_for_port(port, patience=30)
            with urlopen(f"http://127.0.0.1:{port}/feed.xml", timeout=20) as answer:
                feed = answer.read().decode()
            told = listener.wait_for_first()
            publisher.send_signal(signal.SIGTERM)
            publisher.wait(30)

    path, headers, body = told
    languages = {event["article"]["language"] for event in json.loads(body)["events"]}
    assert f"http://localhost:{port}/" in feed
    assert path == "/events"
    assert headers["Authorization"] == "Bearer k3y"
    assert languages == {"en"}


@pytest.mark.parametrize("every", ["0", "-1"])
def test_articles_without_time_between_them_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], every: str
) -> None:
    """With 0 seconds the journal would have endlessly many articles to write at its start."""
    with pytest.raises(SystemExit, match="2"):
        main(["--folder", str(tmp_path), "--every", every])

    assert "--every must be more than 0 seconds" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
