"""A whole installation to be hurt: servers, daemons and a relay, each a process of its own."""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg
from pydantic import SecretStr
from sqlalchemy import text

from service.boot import Runtime, build_runtime
from service.cli.daemons import child_environment_of
from service.config import Settings
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.sending.result_writer import MAX_UNWRITTEN
from service.delivery.workflow import advance
from service.devkit import embedded
from service.editions import plan
from service.editions.build import freeze, select_articles
from service.migrations.upgrade import upgrade
from service.reports.ledger import EditionLedger, get_ledger
from tests.builders import a_newsletter, an_article
from tests.conftest import SECRET
from tests.fakes.ledger import Entry, LedgerSink
from tests.faults.daemon import Daemon
from tests.faults.verdict import Verdict, judge
from tests.rules.code import ROOT

SECTIONS = ("Politique", "Continent", "Culture")
# Mails whose outcomes may wait for their commit, at most.
COMMIT_GROUP = MAX_UNWRITTEN
# A lease runs out soon, so that others find what the dead have left. Where nobody dies it lasts
# longer than a machine may stand still, or a mail would come twice without any fault.
LEASE_SECONDS = 3.0
CALM_LEASE_SECONDS = 60.0
LOOK_EVERY = 0.1
# Mails in a second that a relay takes which takes its time.
QUICKEST = 1_000.0
# The share of the mails that a relay which brakes keeps for each disturbance to come.
KEPT_FOR_EACH = 0.1
# How often a send is hurt whose machine is so slow that each time costs all that was won.
MOST_OFTEN = 12
LONG = "FAULTS_N" in os.environ  # noqa: TID251  Only the tests read it.
# Seconds for one fault and for one wait in it.
TIMEOUT = 7200 if LONG else 300
PATIENCE = 3600.0 if LONG else 150.0
WORKER = ("-m", "workers.run", "workers.main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One edition and the readers it is for: addresses by subscriber id."""

    edition_id: int
    newsletter_id: int
    readers: dict[int, str]
    # How many mails of earlier editions stand in the relay's ledger before its own.
    earlier: int = 0


class Stack:
    """Use as a context manager: PostgreSQL, Valkey and the relay run; daemons start when asked."""

    def __init__(
        self,
        *,
        connections: int = 4,
        tick_seconds: float = 0.5,
        lease_seconds: float = LEASE_SECONDS,
        data_dir: Path | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crieur-fault-", dir="/tmp"))
        # The servers' account must be able to pass through.
        self.folder.chmod(0o755)
        self.data_dir = data_dir or self.folder / "data"
        self.connections = connections
        self.tick_seconds = tick_seconds
        self.lease_seconds = lease_seconds
        self.pace = QUICKEST
        self.daemons: dict[str, Daemon] = {}
        self.dice = random.Random(20230208)
        self.sink: LedgerSink
        self.servers: embedded.Embedded
        self.settings: Settings
        self.runtime: Runtime
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._bring_up()
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in self.daemons.values():
            print(daemon.tail())  # noqa: T201  pytest shows it when the test has failed.
        self._tear_down()

    def _bring_up(self) -> None:
        self.sink = self._open.enter_context(
            LedgerSink(self.folder / "ledger.tsv", patience=PATIENCE)
        )
        self.servers = self._open.enter_context(embedded.start(self.data_dir))
        self.settings = Settings(
            _env_file=None,
            database_url=SecretStr(self.servers.database_url),
            redis_url=SecretStr(self.servers.redis_url),
            data_dir=self.folder,
            secret_key=[SecretStr(SECRET)],
            public_url="http://crieur.test",
            smtp_url=[SecretStr(self.sink.url)],
            smtp_connections=self.connections,
            bounce_domain="bounces.crieur.test",
            tick_seconds=self.tick_seconds,
            lease_seconds=self.lease_seconds,
        )
        self.runtime = build_runtime(self.settings)
        self._open.callback(self.runtime.close)
        upgrade(self.runtime.engine)

    def _tear_down(self) -> None:
        for daemon in self.daemons.values():
            daemon.kill()
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What there is to send.

    def an_issue(self, readers: int, *, ready: bool = True, stretch: int | None = None) -> Issue:
        """Write a newsletter, an article a section and an audience; plan an edition of it.

        A `ready` one is sending, so that the first worker to come begins at once. Batches have
        their usual size, or are a `stretch` of readers each.
        """
        runtime = self.runtime
        with runtime.begin() as session:
            now = runtime.clock()
            number = session.execute(_COUNT_NEWSLETTERS).scalar_one()
            slug = f"le-matin-{number}" if number else "le-matin"
            paper = a_newsletter(session, *SECTIONS, now=now, slug=slug)
            for section in SECTIONS:
                an_article(session, section, seen=now)
            session.flush()
            session.execute(_ENLIST, {"newsletter_id": paper.id, "count": readers})
            session.execute(_SUBSCRIBE, {"newsletter_id": paper.id})
            newsletter_id = paper.id
        with runtime.begin() as session:
            edition_id = plan.plan_now(session, newsletter_id, now=runtime.clock()).id
            found = session.execute(_READERS).all()
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        if stretch is not None:
            self._enrol(edition_id, stretch)
        if ready:
            url = self.settings.public_url
            advance.advance_edition(runtime.begin, edition_id, clock=runtime.clock, public_url=url)
        return Issue(
            edition_id=edition_id,
            newsletter_id=newsletter_id,
            readers={row.id: row.address for row in found},
            earlier=len(self.entries()),
        )

    def _enrol(self, edition_id: int, stretch: int) -> None:
        begin, clock = self.runtime.begin, self.runtime.clock
        for step in (select_articles, freeze):
            with begin() as session:
                step(session, edition_id, now=clock())
        complete = False
        while not complete:
            with begin() as session:
                complete = enrol_next_chunk(session, edition_id, now=clock(), chunk_size=stretch)

    # Who sends it.

    def scheduler(self, name: str = "scheduler", **env: str) -> Daemon:
        """Start a scheduler."""
        return self._start(name, ["-m", "service", "scheduler"], **env)

    def worker(self, name: str = "worker", *, argv: Sequence[str] = WORKER, **env: str) -> Daemon:
        """Start a worker."""
        return self._start(name, list(argv), **env)

    def environment(self, **changes: str) -> dict[str, str]:
        """Return what a daemon is told."""
        settings = self.settings
        return child_environment_of(settings) | {
            "PYTHONPATH": str(ROOT),
            "CRIEUR_DATA_DIR": str(settings.data_dir),
            "CRIEUR_PUBLIC_URL": settings.public_url,
            "CRIEUR_SMTP_URL": " ".join(url.get_secret_value() for url in settings.smtp_url),
            "CRIEUR_SMTP_CONNECTIONS": str(settings.smtp_connections),
            "CRIEUR_BOUNCE_DOMAIN": settings.bounce_domain,
            "CRIEUR_WORKER_THREADS": "3",
            "CRIEUR_TICK_SECONDS": str(settings.tick_seconds),
            "CRIEUR_LEASE_SECONDS": str(settings.lease_seconds),
            "CRIEUR_LOG_JSON": "false",
            **changes,
        }

    def _start(self, name: str, argv: list[str], **env: str) -> Daemon:
        daemon = Daemon(
            name, [sys.executable, *argv], env=self.environment(**env), folder=self.folder
        )
        self.daemons[name] = daemon
        daemon.start()
        return daemon

    def make_due(self, issue: Issue) -> None:
        """Let what is to be tried again in some minutes be tried now, as if they had passed."""
        with self.runtime.begin() as session:
            for statement in _HURRY:
                session.execute(statement, {"edition_id": issue.edition_id})

    def drain_all(self) -> set[int]:
        """Ask every daemon to end, all together; return their exit codes."""
        for daemon in self.daemons.values():
            daemon.ask_to_drain()
        return {daemon.wait() for daemon in self.daemons.values()}

    # How it goes.

    @property
    def conninfo(self) -> str:
        """PostgreSQL's address as psycopg takes it."""
        return self.servers.database_url.replace("+psycopg", "")

    def books(self, issue: Issue) -> EditionLedger:
        """Return the ledger."""
        with self.runtime.begin() as session:
            return get_ledger(session, issue.edition_id)

    def pause(self, seconds: float) -> None:
        """Let a fault last for so long."""
        time.sleep(seconds)

    def wait(
        self, until: Callable[[], bool], *, patience: float = PATIENCE, every: float = LOOK_EVERY
    ) -> None:
        """Return as soon as it is so."""
        give_up = time.monotonic() + patience
        while not until():
            if time.monotonic() > give_up:
                raise AssertionError(f"nothing has come of it within {patience} s")
            time.sleep(every)

    def wait_until_finished(
        self, issue: Issue, *, patience: float = PATIENCE, hurried: bool = False
    ) -> None:
        """Return when the edition's books are closed; `hurried` waits for no delay of a retry."""
        give_up = time.monotonic() + patience
        books = self.books(issue)
        while books.state != "finished":
            if hurried:
                self.make_due(issue)
            if time.monotonic() > give_up:
                raise AssertionError(f"not finished within {patience} s: {books}")
            time.sleep(LOOK_EVERY)
            books = self.books(issue)

    def set_out(
        self, readers: int, *, seconds: float, share: float, worker: str = "worker"
    ) -> tuple[Issue, Daemon]:
        """Let a scheduler and one worker send; return when the relay has this share."""
        issue = self.an_issue(readers)
        self.last_for(issue, seconds)
        self.scheduler()
        first = self.worker(worker)
        self.sink.wait(lambda sink: sink.kept > readers * share)
        return issue, first

    def last_for(self, issue: Issue, seconds: float) -> float:
        """Let the relay take its time, so that a fault finds the send under way.

        An edition of many mails lasts longer, and is hurt more often. Return how many mails the
        relay takes in a second at most.
        """
        self.pace = min(len(issue.readers) / seconds, QUICKEST)
        self.sink.rate(self.pace)
        return self.pace

    def disturb(
        self,
        issue: Issue,
        action: Callable[[], object],
        *,
        every: float,
        until: float = 0.9,
        least: int = 0,
    ) -> int:
        """Do it again and again, until the relay has this share of the mails; return how often.

        Only what has got over the last time is hurt again, and has sent half of what it could have:
        a slow machine needs longer, and would come nowhere if its first mail were enough. The relay
        brakes as often as it would be at its end before the `least` number of times.
        """
        goal = len(issue.readers) * until
        give_up = time.monotonic() + PATIENCE
        count = 0
        self.sink.wait(lambda sink: sink.kept > 0)
        next_at, enough = time.monotonic(), 1.0
        recovered = min(self.pace * every / 2, goal / MOST_OFTEN)
        self._brake(goal, missing=least)
        while (kept := self.sink.kept) < goal:
            assert time.monotonic() < give_up, f"the relay has {kept} and no more come"
            if time.monotonic() >= next_at and kept >= enough:
                action()
                count += 1
                self._brake(goal, missing=least - count)
                next_at, enough = time.monotonic() + every, self.sink.kept + recovered
            time.sleep(0.05)
        return count

    def _brake(self, goal: float, *, missing: int) -> None:
        """Let the relay keep a share of the mails for each time that is missing."""
        self.sink.brake(int(goal * (1 - KEPT_FOR_EACH * missing)) if missing > 0 else 0)

    def entries(self) -> list[Entry]:
        """What the relay took."""
        return self.sink.entries()

    def verdict(self, issue: Issue) -> Verdict:
        """Compare the relay's ledger with ours."""
        return judge(
            self.runtime.begin,
            issue.edition_id,
            self.entries()[issue.earlier :],
            readers=issue.readers,
        )


_COUNT_NEWSLETTERS = text("SELECT count(*) FROM newsletter")

_ENLIST = text("""
    INSERT INTO subscriber (address, address_key, created_at)
    SELECT address, address, now() - interval '1 hour'
    FROM (SELECT 'r' || number || '@d' || number % 7 || '.example.org' AS address
          FROM generate_series(1, :count) AS number ORDER BY number) AS made
    ON CONFLICT DO NOTHING
    """)

_SUBSCRIBE = text("""
    INSERT INTO subscription (newsletter_id, subscriber_id, state, section_mask,
                              requested_at, confirmed_at)
    SELECT :newsletter_id, id, 'active', NULL, now() - interval '1 hour', now() - interval '1 hour'
    FROM subscriber
    """)

_HURRY = (
    text("""
    UPDATE delivery SET next_at = now() WHERE edition_id = :edition_id AND next_at > now()
    """),
    text("""
    UPDATE batch SET due_at = now()
    WHERE edition_id = :edition_id AND due_at > now() AND done_at IS NULL AND leased_until IS NULL
    """),
)

_READERS = text("SELECT id, address FROM subscriber ORDER BY id")
