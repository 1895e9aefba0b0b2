"""`crieur inbound` as a process: its sockets, its end, and what it says without servers."""

import signal
import smtplib
import subprocess
import sys
from pathlib import Path

from service.cli.daemons import child_environment_of
from service.config import Settings
from service.kit.db import Begin
from tests.fakes.ports import a_free_port
from tests.rooms.outcomes import returned_messages
from tests.rooms.workers.conftest import DOMAIN, PATH, kept_reports
from tests.rooms.workers.daemons import PATIENCE, Log, started

DAEMON = ["-m", "workers.inbound"]


def test_both_sockets_take_returned_mail_until_the_process_is_asked_to_end(
    settings: Settings, begin: Begin, tmp_path: Path
) -> None:
    """A supervisor takes any other end for a crash, and a mail server would keep its mail."""
    log = Log(tmp_path / "log")
    with a_free_port() as smtp, a_free_port() as lmtp:
        listen = {
            "CRIEUR_BOUNCE_DOMAIN": DOMAIN,
            "CRIEUR_INBOUND_LISTEN": f"127.0.0.1:{smtp}",
            "CRIEUR_INBOUND_LMTP_LISTEN": f"127.0.0.1:{lmtp}",
        }
        with started(settings, DAEMON, log, **listen) as daemon:
            log.wait_for("daemon.started", 1)
            for kind, port in ((smtplib.SMTP, smtp), (smtplib.LMTP, lmtp)):
                with kind("127.0.0.1", port) as client:
                    client.sendmail("", [PATH], returned_messages.dsn() + b"%d\r\n" % port)
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(PATIENCE)

    assert (code, len(log.events("daemon.stopped"))) == (0, 1)
    assert {report.channel for report in kept_reports(begin)} == {"smtp", "lmtp"}


def test_without_servers_it_says_what_to_set(settings: Settings) -> None:
    """It is started by a supervisor, where a stack trace helps nobody."""
    environment = child_environment_of(settings)
    for name in ("CRIEUR_DATABASE_URL", "CRIEUR_REDIS_URL"):
        del environment[name]

    ended = subprocess.run(
        [sys.executable, *DAEMON], env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("crieur: CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL are not set")
    assert len(ended.stderr.splitlines()) == 1
