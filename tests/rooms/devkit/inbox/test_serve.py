"""The inbox as `make demo` starts it."""

import json
import signal
import smtplib
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from service.devkit.inbox.serve import main
from service.devkit.ports import PortClaims, wait_for_port


def test_what_comes_by_smtp_is_on_the_pages_until_it_is_stopped(tmp_path: Path) -> None:
    """One process listens on two ports: a reader's mail goes in by one and is read by the other."""
    with PortClaims() as claims:
        smtp, web = claims.claim(21_600), claims.claim(21_650)
        command = [
            *(sys.executable, "-m", "service.devkit.inbox", "--folder", str(tmp_path)),
            *("--smtp-port", str(smtp), "--web-port", str(web), "--inbound", "127.0.0.1:9"),
        ]
        with subprocess.Popen(command) as inbox:
            assert wait_for_port(web, patience=30)
            with smtplib.SMTP("127.0.0.1", smtp) as relay:
                relay.sendmail("a@golfe.example", ["aya@example.org"], b"Subject: Bonjour\r\n\r\n")
            with urlopen(f"http://127.0.0.1:{web}/api/messages", timeout=20) as answer:
                listed = json.load(answer)["messages"]
            inbox.send_signal(signal.SIGTERM)
            inbox.wait(30)

    assert [each["subject"] for each in listed] == ["Bonjour"]


@pytest.mark.parametrize("inbound", ["8025", "127.0.0.1:", "127.0.0.1:smtp", ":8025"])
def test_an_inbound_address_without_host_or_port_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], inbound: str
) -> None:
    """It is used at the first bounce only, long after the mistake."""
    with pytest.raises(SystemExit, match="2"):
        main(["--folder", str(tmp_path), "--inbound", inbound])

    assert "--inbound must be host:port such as 127.0.0.1:8025" in capsys.readouterr().err
