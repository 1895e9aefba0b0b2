"""How an edition goes out whose readers have chosen its sections in many different ways.

Worker and scheduler run as in an installation; nothing is prepared beforehand. What an operator
and the first reader wait for is the time to the first MAIL.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.devkit.bench import dataset, usage
from service.devkit.bench.sample_edition import DRAFT, SHORTEST, DigestSize, EditionFactory
from service.devkit.bench.stack import BenchStack, Commands, StackOptions, open_stack
from service.devkit.bench.tool_process import ToolProcess
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL, EditionState
from service.kit.errors import Invalid, Unavailable
from service.newsletters.draft import SectionDraft
from service.reports.ledger import get_ledger

SECTIONS = 10
MOST = 2**SECTIONS - 1
"""Choices that ten sections allow; no reader chooses none."""
ARTICLES = 20
PATIENCE = 300.0
LOOK_EVERY = 0.02
MEGABYTE = 1_000_000


def check_choices(choices: int) -> None:
    """Raise Invalid for a number of choices that ten sections do not have."""
    if not 1 <= choices <= MOST:
        raise Invalid(f"{SECTIONS} sections can be chosen in at most {MOST} ways: fewer --choices.")


def measure_choices(
    folder: Path, *, choices: int, recipients: int, commands: Commands
) -> dict[str, Any]:
    """Send one edition to readers with so many different choices; return what `--json` prints."""
    with ToolProcess("sink", []) as sink:
        port = sink.hear()["port"]
        wish = StackOptions(connections=10, processes=1)
        with open_stack(folder, wish, port=port, commands=commands) as stack:
            return _measure(stack, sink, choices=choices, recipients=recipients)


def _measure(
    stack: BenchStack, sink: ToolProcess, *, choices: int, recipients: int
) -> dict[str, Any]:
    names = tuple(SectionDraft(name=f"Rubrique {number}") for number in range(1, SECTIONS + 1))
    press = EditionFactory(stack.runtime, replace(DRAFT, slug="choices", sections=names))
    dataset.write_readers(stack.url, press.newsletter_id, readers=recipients)
    dataset.choose_sections(stack.url, press.newsletter_id, choices=choices)
    dataset.checkpoint(stack.url)
    shape = DigestSize(articles=ARTICLES, letters=SHORTEST * 2 * ARTICLES)
    with stack.running("worker") as worker, stack.running("scheduler"):
        # So that loading the worker is not part of what is measured.
        _wait(stack, press.announce(DigestSize(articles=1, letters=SHORTEST)))
        sink.ask("reset")
        before = usage.cost_of(worker.pids["worker"])
        began = time.monotonic()
        edition_id = press.announce(shape)
        started = _wait(stack, edition_id) - began
        after = usage.cost_of(worker.pids["worker"])
    counts = sink.ask("count")
    with stack.runtime.begin() as session:
        books = get_ledger(session, edition_id)
    faults = []
    if not books.balanced or books.accepted != recipients or counts["mails"] != recipients:
        faults.append(f"Edition {edition_id}: {counts['mails']} of {recipients} messages arrived.")
    return {
        "choices": choices,
        "sections": SECTIONS,
        "recipients": recipients,
        "ready_s": round(started, 2),
        "first_mail_s": round(counts["first_at"] - began, 2),
        "sent_s": round(counts["last_at"] - began, 2),
        "worker_cpu_s": round(after.cpu - before.cpu, 2) if before and after else None,
        "worker_peak_mb": round(after.peak / MEGABYTE) if after else None,
        "faults": faults,
        "sound": not faults,
    }


def _wait(stack: BenchStack, edition_id: int) -> float:
    """Return at which instant an edition began to be sent, once its books are closed.

    Raises:
        Unavailable: it was stopped, or takes too long.
    """
    until, started = time.monotonic() + PATIENCE, 0.0
    while True:
        with stack.runtime.begin() as session:
            edition = get_edition(session, edition_id)
        if not started and edition.state in {
            EditionState.SENDING,
            EditionState.FINISHED,
        }:
            started = time.monotonic()
        if edition.state in FINAL:
            return started
        if edition.paused_at is not None:
            raise Unavailable(f"The bench's edition was paused: {edition.note}")
        if time.monotonic() > until:
            took = f"The edition is {edition.state} after {PATIENCE:.0f} s."
            raise Unavailable(f"{took} {stack.last_words()}")
        time.sleep(LOOK_EVERY)
