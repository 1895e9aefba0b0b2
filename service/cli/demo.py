"""`crieur demo`: the whole story on this machine, alive or once through."""

import shlex
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import typer

from service.accounts.one_time_links import make_first_owner_link
from service.boot import Runtime, build_runtime
from service.cli.daemons_all import all_daemon_commands
from service.cli.output import print_json
from service.cli.runtime import own_secret
from service.config import load_settings
from service.devkit import embedded, embedded_claims
from service.devkit.demo import scenario
from service.devkit.demo.environment import (
    DemoEnvironment,
    DemoServers,
    create_sample_data,
    prepare_environment,
)
from service.devkit.demo.fixtures import BRIEF, EVERY_DAY, MATIN, READERS
from service.devkit.demo.inbox_view import InboxView
from service.devkit.demo.signups import sign_up_all
from service.devkit.ports import PortClaims, wait_for_port
from service.devkit.processes import DaemonCommand, Supervisor
from service.editions import plan
from service.kit.errors import CrieurError, Unavailable
from service.kit.log import configure_logging, get_logger
from service.migrations.upgrade import upgrade
from service.newsletters import catalogue, schedule
from service.newsletters.draft import NewsletterDraft

log = get_logger(__name__)

BRIEF_EVERY_MINUTES = 3
ONCE_PUBLISH_EVERY = 2.0
PUBLISH_EVERY = 20.0
ONCE_TICK_SECONDS = 0.5
TICK_SECONDS = 2.0
START_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDemo:
    """A demonstration that is ready to begin."""

    scene: DemoEnvironment
    runtime: Runtime
    commands: list[DaemonCommand]
    servers: embedded.Embedded
    is_new: bool

    @property
    def inbox(self) -> InboxView:
        """What its readers' mailboxes hold."""
        return InboxView(self.scene.inbox_url)


def demo(
    once: bool = typer.Option(
        False, "--once", help="Run the story without a person, print the ledger, exit."
    ),
) -> None:
    """Show the whole story on this machine: a publisher, readers, editions, an inbox.

    Ctrl-C stops it; starting again continues with the same data.

    Example: crieur demo --once
    """
    settings = load_settings()
    configure_logging(as_json=False, level="warning")
    if once:
        sys.exit(_once())
    with embedded_claims.free_data_dir(settings.data_dir) as claim:
        _alive(claim.path)


def _once() -> int:
    began = time.monotonic()
    with embedded_claims.temporary_data_dir() as folder:
        try:
            with prepare_demo(folder, once=True) as show:
                books = _play(show, began)
        except CrieurError as error:
            _show_log(folder)
            print(f"crieur: {error}", file=sys.stderr)
            return 1
    print_json(books)
    return 0 if books["balanced"] else 1


def _play(show: PreparedDemo, began: float) -> dict[str, Any]:
    def say(sentence: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {sentence}", file=sys.stderr)

    with _log_of(show.scene.folder) as out, Supervisor(show.commands, out=out):
        books = scenario.run_scenario(
            scenario.ScenarioContext(runtime=show.runtime, inbox=show.inbox, say=say)
        )
    say("Every expected message is in the inbox, and the ledger balances.")
    return books


def _alive(folder: Path) -> None:
    print("Starting PostgreSQL, Valkey and Crieur’s daemons …")
    print(f"Everything lies in {folder}: CRIEUR_DATA_DIR puts it elsewhere.", flush=True)
    with (
        prepare_demo(folder, once=False) as show,
        _log_of(folder) as out,
    ):
        supervisor = Supervisor(show.commands, out=out, tend=show.servers.revive)
        host = threading.Thread(target=_open_the_doors, args=(show, supervisor), daemon=True)
        host.start()
        supervisor.run_until_stopped()
    print("\nStopped. `make demo` continues with the same readers and messages.")


def _open_the_doors(show: PreparedDemo, supervisor: Supervisor) -> None:
    """Greet once everything answers; at the first start, let readers in and send an edition.

    A demonstration whose daemons do not start ends, with the place of their log.
    """
    try:
        _wait_for_daemons(show)
    except CrieurError as error:
        print(f"crieur: {error} See {show.scene.folder / 'demo.log'}.", file=sys.stderr)
        supervisor.stop()
        return
    try:
        _greet(show)
        if show.is_new:
            sign_up_all(READERS, public_url=show.runtime.settings.public_url, inbox=show.inbox)
            _send_first_edition(show)
            print("  Eight readers have signed up; Le Matin’s first edition is on its way.")
    except CrieurError as error:
        print(f"crieur: {error} (more in {show.scene.folder / 'demo.log'})", file=sys.stderr)


def _send_first_edition(show: PreparedDemo) -> None:
    """The daily comes at seven; a visitor should not have to wait for it."""
    scenario.wait_for_articles(show.runtime, MATIN)
    with show.runtime.begin() as session:
        newsletter = catalogue.get(session, MATIN.slug)
        plan.plan_now(session, newsletter.id, now=show.runtime.clock())


@contextmanager
def prepare_demo(folder: Path, *, once: bool) -> Iterator[PreparedDemo]:
    """Start the servers, set the scene and furnish it; stop the servers afterwards."""
    with embedded.start(folder) as servers, PortClaims() as claims:
        scene = prepare_environment(
            DemoServers(
                database_url=servers.database_url,
                redis_url=servers.redis_url,
                secret=own_secret(folder),
                folder=folder,
            ),
            claims,
            publish_every=ONCE_PUBLISH_EVERY if once else PUBLISH_EVERY,
            tick_seconds=ONCE_TICK_SECONDS if once else TICK_SECONDS,
        )
        runtime = build_runtime(scene.settings)
        try:
            upgrade(runtime.engine)
            drafts = [_by_hand(MATIN), _by_hand(BRIEF)] if once else [MATIN, _often(BRIEF)]
            with runtime.begin() as session:
                key, is_new = create_sample_data(session, scene, drafts=drafts, now=runtime.clock())
            daemons = all_daemon_commands(scene.settings, **scene.environment())
            yield PreparedDemo(
                scene=scene,
                runtime=runtime,
                commands=[scene.inbox(), *daemons, scene.publisher(api_key=key)],
                servers=servers,
                is_new=is_new,
            )
        finally:
            runtime.close()


def _by_hand(draft: NewsletterDraft) -> NewsletterDraft:
    """The story sets the schedule itself, seconds before each slot."""
    return replace(draft, days=(), times=())


def _often(draft: NewsletterDraft) -> NewsletterDraft:
    times = tuple(schedule.times_every(BRIEF_EVERY_MINUTES))
    return replace(draft, days=EVERY_DAY, times=times)


def _wait_for_daemons(show: PreparedDemo) -> None:
    ports = (show.scene.inbox_port, show.scene.site_port, show.scene.web_port)
    if not all(wait_for_port(port, patience=START_TIMEOUT) for port in ports):
        raise Unavailable("A daemon did not start.")


def _greet(show: PreparedDemo) -> None:
    public_url = show.scene.settings.public_url
    with show.runtime.begin() as session:
        secret = make_first_owner_link(session, show.runtime.clock())
    console = f"{public_url}/console"
    settings = shlex.quote(str(show.scene.write_shell_settings()))
    lines = [
        "",
        f"  Sign-up form   {public_url}/n/le-matin (French), {public_url}/n/the-brief (English)",
        f"  Inbox          {show.scene.inbox_url}",
        f"  Console        {f'{console}/link/{secret} (one-time link)' if secret else console}",
        f"  News site      {show.scene.site_url}",
        f"  Command line   . {settings}; {sys.argv[0]} edition list",
        "",
        "  Try this: sign up with any address, open the confirmation in the inbox, confirm.",
        f"  The Gulf Brief comes every {BRIEF_EVERY_MINUTES} minutes; the console can send now.",
        "  In the inbox, leave by one click or answer as a bounce, and watch the console.",
        "  Ctrl-C stops everything; `make demo` continues with the same data.",
        "",
    ]
    print("\n".join(lines), flush=True)


@contextmanager
def _log_of(folder: Path) -> Iterator[TextIO]:
    with (folder / "demo.log").open("a", encoding="utf-8", buffering=1) as out:
        yield out


def _show_log(folder: Path) -> None:
    path = folder / "demo.log"
    if path.exists():
        print("".join(path.read_text("utf-8").splitlines(keepends=True)[-40:]), file=sys.stderr)
