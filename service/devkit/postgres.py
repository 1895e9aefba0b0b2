"""The embedded PostgreSQL: its first set-up, its settings, its databases."""

import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from service.devkit.embedded_folders import ServerFolders, give_folder
from service.devkit.embedded_run import ENVIRONMENT
from service.kit.errors import Unavailable

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # No I/O processes of its own: this is for one small machine.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # Crieur's statements are short; compiling them costs more than running them.
}
QUICK_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ROLE = "crieur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One PostgreSQL cluster of a data folder."""

    place: ServerFolders
    durable: bool
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT

    @property
    def folder(self) -> Path:
        """The cluster."""
        return self.place.data_dir / "postgres"

    @property
    def pid_file(self) -> Path:
        """Written by the server itself."""
        return self.folder / "postmaster.pid"

    def url(self, database: str) -> str:
        """The address of a database, over the unix socket."""
        folder = quote(str(self.place.sockets), safe="")
        return f"postgresql+psycopg://{ROLE}@/{database}?host={folder}"

    def command(self) -> Sequence[str]:
        """Set the cluster up if it is new, write who may enter, and give the command."""
        if not self.folder.exists():
            self._set_up()
        self._check_release()
        hba, ident = self._write_rules()
        settings = SETTINGS | ({} if self.durable else QUICK_SETTINGS)
        settings |= {"unix_socket_directories": str(self.place.sockets)}
        settings |= {"hba_file": str(hba), "ident_file": str(ident)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.place.binaries.postgres), "-D", str(self.folder), *options]

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(_conninfo(self.url("postgres")), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def sweep(self) -> None:
        """Remove the pid files of a killed server, which may name a stranger's process by now."""
        self.pid_file.unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.place.sockets / name).unlink(missing_ok=True)

    def ask_to_stop(self) -> bool:
        """PostgreSQL has no such statement; it takes a signal."""
        return False

    def _set_up(self) -> None:
        # Made under another name first: a cluster that was cut short is never taken for one.
        draft = self.place.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        give_folder(draft, self.place.account)
        command = [
            str(self.place.binaries.initdb),
            f"--pgdata={draft}",
            f"--username={ROLE}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]
        options = self.place.account.popen_options()
        done = subprocess.run(  # noqa: S603 -- our own binary.
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=ENVIRONMENT,
            **options,
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
            message = f"PostgreSQL could not set up its data in {self.place.data_dir}:\n{said}"
            raise Unavailable(message)
        draft.rename(self.folder)

    def _check_release(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text(encoding="utf-8").strip()
        if made_by != "18":
            message = (
                f"The data in {self.folder} was made by PostgreSQL {made_by}, and this Crieur "
                "brings PostgreSQL 18. Dump it with the old version, or choose another data folder."
            )
            raise Unavailable(message)

    def _write_rules(self) -> tuple[Path, Path]:
        # Beside the cluster, not in it: as root we write no file where `nobody` could plant a link.
        folder = self.place.data_dir / "config"
        folder.mkdir(mode=0o755, exist_ok=True)
        hba, ident = folder / "pg_hba.conf", folder / "pg_ident.conf"
        hba.write_text("local all all peer map=crieur\n", encoding="utf-8")
        ident.write_text(f'crieur "{self.place.account.ours}" {ROLE}\n', encoding="utf-8")
        for path in (folder, hba, ident):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return hba, ident


def create_database(admin_url: str, name: str, *, template: str | None = None) -> None:
    """Make a database, as a copy of an unused `template` if one is named.

    Files are copied, not written to the log page by page, which takes three times as long for the
    small databases of tests.
    """
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
    with psycopg.connect(_conninfo(admin_url), autocommit=True) as connection:
        connection.execute(statement)


def drop_database(admin_url: str, name: str) -> None:
    """Remove a database together with the connections that still use it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(_conninfo(admin_url), autocommit=True) as connection:
        connection.execute(statement)


def has_database(admin_url: str, name: str) -> bool:
    """Whether a database of this name exists."""
    with psycopg.connect(_conninfo(admin_url), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
