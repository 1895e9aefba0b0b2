"""PostgreSQL and Valkey of our own for `demo`, `up` and the tests.

Several Crieur processes may use one data folder concurrently: the first starts the servers, others
join, the last to leave stops them. Each user holds the lock `users` shared; the process that can
get it alone is the last. The lock `starting` lets only one process at a time start or stop
anything.
"""

from pathlib import Path
from typing import Self

from service.devkit.embedded_folders import ServerFolders, prepare_folders
from service.devkit.embedded_locks import FileLock, exclusive
from service.devkit.embedded_run import EmbeddedServer, begin_start, stop, wait_ready
from service.devkit.postgres import Postgres, create_database, drop_database, has_database
from service.devkit.valkey import Valkey
from service.kit.errors import Unavailable

__all__ = [
    "Embedded",
    "create_database",
    "drop_database",
    "start",
]

DATABASE = "crieur"
TURN_PATIENCE = 90.0


class Embedded:
    """A share in the running servers of one data folder. Leave it with `stop` or `with`."""

    def __init__(self, place: ServerFolders, *, durable: bool) -> None:
        self.data_dir = place.data_dir
        self._place = place
        self._postgres = Postgres(place=place, durable=durable)
        self._valkey = Valkey(place=place, durable=durable)
        self._users: FileLock | None = None

    @property
    def database_url(self) -> str:
        """Crieur's own database."""
        return self._postgres.url(DATABASE)

    @property
    def admin_url(self) -> str:
        """A database to stand in while others are made and dropped."""
        return self._postgres.url("postgres")

    @property
    def redis_url(self) -> str:
        """Valkey, as redis-py and dramatiq take it."""
        return self._valkey.url

    def revive(self) -> None:
        """Start again whichever server has died; cheap when all is well."""
        if self._users is not None and self._postgres.answers() and self._valkey.answers():
            return
        with exclusive(self._place.lock("starting"), patience=TURN_PATIENCE):
            self._join()

    def stop(self) -> None:
        """Leave; the last to leave stops the servers. Harmless when repeated."""
        if self._users is None:
            return
        with exclusive(self._place.lock("starting"), patience=TURN_PATIENCE):
            self._leave()

    def end(self) -> None:
        """Stop the servers, even if they are still used: their folder is about to go."""
        with exclusive(self._place.lock("starting"), patience=TURN_PATIENCE):
            self._stop_servers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _join(self) -> None:
        if self._users is None:
            users = FileLock(self._place.lock("users"))
            if not users.try_shared():
                users.close()
                message = f"Another program holds the lock {users.path}; end it first."
                raise Unavailable(message)
            self._users = users
        try:
            self._bring_up()
        except BaseException:
            self._leave()
            raise

    def _bring_up(self) -> None:
        servers: tuple[EmbeddedServer, ...] = (self._postgres, self._valkey)
        begun = [begin_start(server, self._place) for server in servers]
        for server, log_start in zip(servers, begun, strict=True):
            wait_ready(server, self._place, log_start=log_start)
        if not has_database(self.admin_url, DATABASE):
            create_database(self.admin_url, DATABASE)

    def _leave(self) -> None:
        if self._users is None:
            return
        try:
            if self._users.try_exclusive():
                self._stop_servers()
        finally:
            self._users.close()
            self._users = None

    def _stop_servers(self) -> None:
        stop(self._valkey, self._place)
        stop(self._postgres, self._place)


def start(data_dir: Path, *, durable: bool = True) -> Embedded:
    """Start the servers of `data_dir`, or join them when they run already.

    `durable=False` trades safety after a power cut for speed; it is for tests.
    """
    servers = Embedded(prepare_folders(data_dir), durable=durable)
    servers.revive()
    return servers
