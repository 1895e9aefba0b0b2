"""The embedded Valkey: its settings, and the two words that are ever said to it here."""

import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.devkit.embedded_folders import ServerFolders, give_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """One Valkey server of a data folder."""

    place: ServerFolders
    durable: bool
    name: str = "valkey"
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def folder(self) -> Path:
        """Its append-only file."""
        return self.place.data_dir / "valkey"

    @property
    def pid_file(self) -> Path:
        """Written by the server itself."""
        return self.folder / "valkey.pid"

    @property
    def socket(self) -> Path:
        """Where it listens; it has no TCP port."""
        return self.place.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """The address as redis-py and dramatiq take it."""
        return f"unix://{quote(str(self.socket))}"

    def command(self) -> Sequence[str]:
        """Give the command that runs it."""
        give_folder(self.folder, self.place.account)
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.pid_file),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "aof-load-truncated": "yes",  # A kill may cut the last entry short.
            "maxmemory-policy": "noeviction",
        }
        options = [part for key, value in settings.items() for part in (f"--{key}", value)]
        return [str(self.place.binaries.valkey), *options]

    def answers(self) -> bool:
        """Whether it takes commands; a server that still reads its file says LOADING."""
        return self._command(b"PING\r\n").startswith(b"+PONG")

    def sweep(self) -> None:
        """Remove what a killed server left."""
        self.pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)

    def ask_to_stop(self) -> bool:
        """Tell it to write everything and leave. It hangs up instead of answering."""
        return not self._command(b"SHUTDOWN\r\n").startswith(b"-")

    def _command(self, words: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(10)
            try:
                channel.connect(str(self.socket))
                channel.sendall(words)
                return channel.recv(1000)
            except OSError:
                return b"-no answer"
