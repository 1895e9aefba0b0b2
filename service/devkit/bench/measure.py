"""Alternating runs: Crieur's whole path, then what the others do with the same messages.

A run of ours begins with the first MAIL that the sink hears and ends when the edition is closed,
with every outcome committed; one of theirs ends when their last mail is answered.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.devkit.bench import dataset, postfix, usage
from service.devkit.bench.keys import make_key
from service.devkit.bench.report import BenchPlan, BenchRuns, CrieurRun, TimedRun, build_report
from service.devkit.bench.sample_edition import DRAFT, SHORTEST, WARM_UP, DigestSize, EditionFactory
from service.devkit.bench.stack import BenchStack, Commands, StackOptions, open_stack
from service.devkit.bench.tool_process import ToolProcess
from service.devkit.bench.usage import ProcessCost
from service.devkit.processes import Supervisor
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL
from service.kit.errors import Unavailable
from service.reports.ledger import get_ledger

KILOBYTE = 1024
MESSAGE = "message.eml"
PADDING = 72
WARM_READERS = 20
LOOK_EVERY = 0.1
PATIENCE = 60.0
POSTFIX_OVERHEAD = 115
"""Bytes that smtp-source puts before and after the text that it is asked for."""

Tell = Callable[[str, int, int], None]
"""Hears what is going on: who sends, and how many messages of how many."""

_LINE_END = b"\r\n"


class BenchSession:
    """Everything that runs while something is measured."""

    def __init__(
        self, plan: BenchPlan, stack: BenchStack, sink: ToolProcess, *, port: int, tell: Tell
    ) -> None:
        self._plan = plan
        self._stack = stack
        self._sink = sink
        self._port = port
        self._tell = tell
        self._press = EditionFactory(stack.runtime)

    def measure(self) -> dict[str, Any]:
        """Alternate all senders `runs` times and return what to show."""
        plan = self._plan
        self._tell("readers", 0, plan.recipients)
        shape = self._press.find_shape(plan.size * KILOBYTE)
        dataset.write_readers(self._stack.url, self._press.newsletter_id, readers=plan.recipients)
        runs = BenchRuns()
        with self._stack.running("worker") as worker:
            self._warm_up()
            for _ in range(plan.runs):
                ours = self._send(shape, worker)
                runs.ours.append(ours)
                runs.baseline.append(self._send_plainly(shape, size=ours.size))
                if plan.smtp_source is not None:
                    runs.source.append(self._blow(plan.smtp_source, size=ours.size))
        return build_report(plan, runs)

    def _warm_up(self) -> None:
        """Send a few messages of another newsletter, so that no run pays for loading the worker."""
        press = EditionFactory(self._stack.runtime, WARM_UP)
        dataset.subscribe_some(self._stack.url, press.newsletter_id, readers=WARM_READERS)
        edition_id = press.print(DigestSize(articles=1, letters=SHORTEST))
        with self._stack.running("scheduler"):
            self._wait_until_finished(edition_id)

    def _send(self, shape: DigestSize, worker: Supervisor) -> CrieurRun:
        """Send one edition as an installation does."""
        stack, recipients = self._stack, self._plan.recipients
        dataset.checkpoint(stack.url)
        began = time.monotonic()
        edition_id = self._press.print(shape)
        prepared = time.monotonic() - began
        self._sink.ask("reset")
        before = self._costs(worker)
        with stack.running("scheduler"):
            self._wait_until_finished(edition_id)
        after = self._costs(worker)
        counts = self._sink.ask("count")
        with stack.runtime.begin() as session:
            books = get_ledger(session, edition_id)
        if books.finished_at is None:
            raise Unavailable("The benchmark's edition is not finished.")
        # Wall-clock time of the ledger, on the monotonic clock of the sink.
        offset = stack.runtime.clock().timestamp() - time.monotonic()
        ended = max(counts["last_at"], books.finished_at.timestamp() - offset)
        cpu = {who: after[who].cpu - cost.cpu for who, cost in before.items() if who in after}
        mails = max(counts["mails"], 1)
        return CrieurRun(
            timed=TimedRun(mails=mails, seconds=ended - counts["first_at"], cpu=cpu),
            books=books.as_dict(),
            taken=counts["mails"],
            size=counts["bytes"] // mails,
            prepared=recipients / prepared,
            connections=counts["most_connections"],
            peak=after["worker"].peak if "worker" in after else None,
            is_signed="dkim-signature:" in counts["sample"].lower(),
        )

    def _costs(self, worker: Supervisor) -> dict[str, ProcessCost]:
        found = {
            "worker": usage.cost_of(*worker.pids.values()),
            "sink": usage.cost_of(self._sink.pid),
            "postgres": self._stack.postgres_cost(),
        }
        return {who: cost for who, cost in found.items() if cost is not None}

    def _wait_until_finished(self, edition_id: int) -> None:
        """Return when the books are closed.

        Raises:
            Unavailable: the edition was stopped, or nothing has moved for a minute.
        """
        stack = self._stack
        moved, taken = time.monotonic(), -1
        while True:
            with stack.runtime.begin() as session:
                edition = get_edition(session, edition_id)
            if edition.state in FINAL:
                return
            if edition.paused_at is not None:
                raise Unavailable(f"The bench's edition was paused: {edition.note}")
            mails = self._sink.ask("count")["mails"]
            self._tell("Crieur", mails, self._plan.recipients)
            if mails != taken:
                moved, taken = time.monotonic(), mails
            elif time.monotonic() - moved > PATIENCE:
                raise Unavailable(f"No mail has left for a minute. {stack.last_words()}")
            time.sleep(LOOK_EVERY)

    def _send_plainly(self, shape: DigestSize, *, size: int) -> TimedRun:
        """Send the same bytes with `aiosmtplib.sendmail`, a call a reader."""
        plan = self._plan
        mails = min(plan.baseline, plan.recipients)
        self._tell("aiosmtplib", 0, mails)
        message = self._stack.folder / MESSAGE
        if not message.exists():
            message.write_bytes(resize(self._press.sample(shape), size))
        arguments = ["--port", str(self._port), "--connections", str(plan.connections)]
        arguments += ["--mails", str(mails), "--message", str(message)]
        with ToolProcess("baseline", arguments) as baseline:
            said = baseline.hear()
        return TimedRun(mails=mails, seconds=said["seconds"], cpu={"sender": said["cpu"]})

    def _blow(self, program: Path, *, size: int) -> TimedRun:
        """Send as many bytes with Postfix's smtp-source."""
        plan = self._plan
        self._tell("smtp-source", 0, plan.recipients)
        blown = postfix.run_smtp_source(
            program,
            self._port,
            connections=plan.connections,
            mails=plan.recipients,
            size=max(size - POSTFIX_OVERHEAD, 1),
        )
        return TimedRun(mails=plan.recipients, seconds=blown.seconds, cpu={"sender": blown.cpu})


def resize(mail: bytes, size: int) -> bytes:
    """Return a mail that takes `size` bytes with its final dot, by lines behind its last part."""
    lines, rest = divmod(max(size - len(mail) - len(b".\r\n"), 0), PADDING)
    last = b"x" * (rest - len(_LINE_END)) + _LINE_END if rest >= len(_LINE_END) else b""
    return mail + (b"x" * (PADDING - 2) + b"\r\n") * lines + last


def measure(plan: BenchPlan, folder: Path, *, commands: Commands, tell: Tell) -> dict[str, Any]:
    """Measure in a temporary folder; return what `crieur bench send --json` prints."""
    arguments = ["--hold", str(plan.hold)] if plan.hold else []
    keys = make_key(plan.dkim, domain=DRAFT.sender_address.partition("@")[2], folder=folder)
    wish = StackOptions(connections=plan.connections, processes=plan.processes, dkim_keys=keys)
    with ToolProcess("sink", arguments) as sink:
        port = sink.hear()["port"]
        with open_stack(folder, wish, port=port, commands=commands) as stack:
            return BenchSession(plan, stack, sink, port=port, tell=tell).measure()
