"""Real mail servers on free ports, each in a root directory of its own, delivering to a Maildir.

Their packages come from `tests/wire/fetch.sh`; nothing is installed. A server that is installed on
the machine is used where the folder has no package of it.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.devkit.ports import PortClaims
from tests.rules.code import ROOT

HERE = Path(__file__).parent
PACKAGES = ROOT / ".mta"
DOMAIN = "wire.test"
RECIPIENT = f"reader@{DOMAIN}"
PATIENCE = 30
# Below the ports that the kernel gives to whoever asks for any.
FIRST_PORT = 22_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server that we know how to run.

    `write` puts its configuration into a script that is run in its root; `binary` tells whether it
    is there.
    """

    name: str
    binary: str
    package: str
    write: Callable[[int, Path], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that takes mail for RECIPIENT on a port of 127.0.0.1."""

    port: int
    box: Path

    def mails(self) -> list[bytes]:
        """Return what was delivered so far."""
        return [path.read_bytes() for path in (self.box / "new").glob("*")]

    def count(self) -> int:
        """Count what was delivered so far."""
        new = self.box / "new"
        return sum(1 for _ in new.iterdir()) if new.exists() else 0


def why_not(binary: str, package: str) -> str | None:
    """Say why something cannot run here; None when it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "mail servers need root"
    if not shutil.which("unshare") or not shutil.which("dpkg"):
        return "needs unshare and dpkg"
    probe = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "this machine does not let root mount things"
    if not list(PACKAGES.glob(f"{package}_*.deb")) and not Path(binary).exists():
        return f"{package} is not here: run 'make wire', or tests/wire/fetch.sh .mta"
    return None


@contextmanager
def run(server: Server, folder: Path) -> Iterator[Running]:
    """Start a server, wait until it greets, and end it with all it has started."""
    shared = folder / server.name
    (shared / "box").mkdir(parents=True)
    # The servers deliver as a user of theirs.
    for each in (shared, shared / "box"):
        each.chmod(0o777)
    script = shared / "start.sh"
    with PortClaims() as claims, (shared / "log").open("wb") as log:
        port = claims.claim(FIRST_PORT)
        script.write_text(server.write(port, shared))
        process = enter(shared, ["sh", "-eu", str(script)], output=log.fileno())
        try:
            _wait_for_greeting(port, process, shared / "log")
            yield Running(port=port, box=shared / "box")
        finally:
            # Its child, the first process of the namespace, is killed with it, and so all others.
            process.kill()
            process.wait(PATIENCE)


def enter(
    shared: Path, command: list[str], *, output: int, errors: int = subprocess.STDOUT
) -> "subprocess.Popen[bytes]":
    """Run a command beside the packages; all its processes end with it."""
    place = shared / "place"
    place.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL"),
            *(str(HERE / "enter.sh"), str(place), str(PACKAGES), str(shared)),
            *command,
        ],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        # Files that the servers make must be ours to read.
        umask=0o022,
    )


def _wait_for_greeting(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=5) as talk,
        ):
            if talk.recv(512).startswith(b"220"):
                return
        time.sleep(0.05)
    raise AssertionError(f"the server does not greet: {log.read_text(errors='replace')[-2000:]}")


def _write_postfix(port: int, shared: Path) -> str:
    return f"""
cat >/etc/postfix/main.cf <<'END'
compatibility_level = 3.6
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {shared}
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
qmgr_message_active_limit = 20000
END
cat >/etc/postfix/master.cf <<'END'
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
retry unix - - n - - error
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END
cp /usr/share/postfix/dynamicmaps.cf /etc/postfix/dynamicmaps.cf
chown postfix /var/lib/postfix
/usr/sbin/postfix start-fg
"""


def _write_exim(port: int, shared: Path) -> str:
    return f"""
mkdir -p /var/spool/exim4 /var/log/exim4
chown Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4
mkdir -p /etc/exim4
cat >/etc/exim4/exim4.conf <<'END'
primary_hostname = {DOMAIN}
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
acl_smtp_rcpt = taken
acl_smtp_data = taken
host_lookup =
rfc1413_query_timeout = 0s
begin acl
taken:
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {shared}/box
  maildir_format
  user = Debian-exim
  group = Debian-exim
  mode = 0644
  directory_mode = 0755
begin retry
* * F,1h,1s
END
/usr/sbin/exim4 -bdf -q1s
"""


def _write_opensmtpd(port: int, shared: Path) -> str:
    return f"""
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty /run
chmod 711 /var/spool/smtpd
chown reader {shared}/box
cat >/etc/smtpd.conf <<'END'
queue ttl 1h
listen on 127.0.0.1 port {port} hostname {DOMAIN}
action "box" maildir "{shared}/box" virtual {{ "@" = reader }}
match from any for any action "box"
END
echo {DOMAIN} >/etc/mailname
/usr/sbin/smtpd -d -f /etc/smtpd.conf
"""


POSTFIX = Server(
    name="postfix", binary="/usr/sbin/postfix", package="postfix", write=_write_postfix
)
EXIM = Server(
    name="exim", binary="/usr/sbin/exim4", package="exim4-daemon-light", write=_write_exim
)
OPENSMTPD = Server(
    name="opensmtpd", binary="/usr/sbin/smtpd", package="opensmtpd", write=_write_opensmtpd
)
