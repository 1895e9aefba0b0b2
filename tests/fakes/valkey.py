"""A Valkey of a test's own, which it may stop, freeze, fill and start again."""

import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import redis

from service.devkit.embedded_binaries import find

PATIENCE = 60.0


class OwnValkey:
    """Use as a context manager; it forgets everything when it is stopped."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="crv")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def _socket(self) -> Path:
        return Path(self._folder.name) / "s"

    def start(self) -> None:
        words = ["--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        words += ["--dir", self._folder.name, "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen([find().valkey, *words], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        until = time.monotonic() + PATIENCE
        while not self._answers(client):
            assert time.monotonic() < until, "Valkey does not start"
            time.sleep(0.01)
        client.close()

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def freeze(self) -> None:
        """Let it keep its connections and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def visitors(self) -> int:
        """Return how many connections it has taken, this one included."""
        client = redis.Redis.from_url(self.url)
        taken = int(client.info("stats")["total_connections_received"])
        client.close()
        return taken

    def fill(self) -> None:
        """Leave it no memory to write with."""
        client = redis.Redis.from_url(self.url)
        client.config_set("maxmemory", "1mb")
        client.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
