"""Watch an edition being sent: a progress bar on a terminal, a few plain lines in a pipe.

Watching changes nothing: the workers continue when it ends.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from service.boot import Runtime
from service.delivery import relay_incidents
from service.delivery.guard import sending_guard
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit import notify
from service.kit.db import DatabaseUnavailable
from service.kit.errors import Unavailable
from service.newsletters import catalogue
from service.reports import progress
from service.reports.progress import EditionProgress

LISTEN_SECONDS = 1.0
STALL_SECONDS = 60.0
"""Seconds in which something should happen while there is something to do."""

# A smaller rate is shown with one decimal.
_WHOLE_FROM = 10
# More seconds are shown as minutes, more minutes as hours.
_NEXT_UNIT_FROM = 90


class Screen(Protocol):
    """Where the progress is shown."""

    def update(self, found: EditionProgress) -> None:
        """Show how far the edition is now."""


class _TerminalScreen:
    """A bar with counts, rate and time left."""

    def __init__(self, bar: Bar, edition_id: int) -> None:
        self._bar = bar
        self._task = bar.add_task(f"Edition {edition_id}", total=None, told="")

    def update(self, found: EditionProgress) -> None:
        self._bar.update(
            self._task,
            total=found.readers or None,
            completed=found.settled,
            told=describe_progress(found),
        )


class _PlainScreen:
    """A line when the state changes, and one for each tenth of the readers."""

    def __init__(self) -> None:
        self._told: tuple[object, ...] = ()

    def update(self, found: EditionProgress) -> None:
        tenth = 10 * found.settled // found.readers if found.readers else 0
        if (news := (found.state, found.paused, tenth, found.tests_until)) != self._told:
            self._told = news
            _print_sentence(f"Edition {found.edition_id}: {describe_progress(found)}")


def follow_edition(runtime: Runtime, edition_id: int) -> EditionProgress:
    """Show progress until the edition has ended or is paused; return it then.

    Raises:
        NotFound: there is no such edition.
        Conflict: nothing happened for a minute, because no mail may leave the database.
        Unavailable: nothing happened for a minute; probably no worker or scheduler runs.
        KeyboardInterrupt: the person at the terminal has seen enough.
    """
    _explain_warm_up(runtime, edition_id)
    try:
        with _screen(edition_id) as screen, _interrupts() as interrupted:
            found = _follow(runtime, edition_id, screen, interrupted=interrupted)
    except KeyboardInterrupt:
        _print_sentence(
            f"The workers continue. 'crieur edition watch {edition_id}' shows progress again, "
            f"'crieur edition pause {edition_id}' stops them."
        )
        raise
    if found.paused:
        because = f" {found.note}" if found.note else ""
        _print_sentence(
            f"Edition {edition_id} is paused.{because} "
            f"'crieur edition resume {edition_id}' continues it."
        )
    return found


@contextmanager
def showing_progress(runtime: Runtime, edition_id: int) -> Iterator[None]:
    """Show an edition's progress and relays' problems while this process sends it."""
    _explain_warm_up(runtime, edition_id)
    over = threading.Event()
    reporter = threading.Thread(target=_show_until, args=(runtime, edition_id, over), daemon=True)
    reporter.start()
    try:
        yield
    finally:
        over.set()
        reporter.join()


def _show_until(runtime: Runtime, edition_id: int, over: threading.Event) -> None:
    told: set[str] = set()
    with _screen(edition_id) as screen:
        is_over = False
        while not is_over:
            is_over = over.wait(LISTEN_SECONDS)
            # The sending thread has the same problem, and reports it.
            with suppress(*DatabaseUnavailable):
                with runtime.begin() as session:
                    found = progress.get_progress(session, edition_id, now=runtime.clock())
                screen.update(found)
                told = _report_relays(runtime, found, told)


def _explain_warm_up(runtime: Runtime, edition_id: int) -> None:
    """Explain that an edition of a new sender may take days: it would seem to be stuck."""
    with runtime.begin() as session:
        newsletter = catalogue.get_by_id(session, get_edition(session, edition_id).newsletter_id)
    domain = newsletter.sender_address.rpartition("@")[2].lower()
    limit = runtime.throttle.limit_of_day(domain, runtime.clock().date())
    if limit is not None:
        _print_sentence(
            f"{domain} is a new sender (CRIEUR_WARM_UP): each mailbox provider gets at most "
            f"{limit:,} messages today (UTC); the rest waits for the next days."
        )


def describe_progress(found: EditionProgress) -> str:
    """Return one line of progress: state, counts, rate and time left."""
    said = ["paused" if found.paused else found.state.value]
    if found.readers:
        said.append(f"{found.settled:,} of {found.readers:,}")
    said += [
        f"{found.counts[line]:,} {line}" for line in ("refused", "uncertain") if found.counts[line]
    ]
    if found.waiting:
        said.append(f"{found.waiting:,} to be tried again")
    if found.later:
        readers = sum(wave.readers for wave in found.later)
        said.append(f"{readers:,} at their own time from {found.later[0].at:%H:%M} UTC")
    if found.tests_until:
        said.append(f"two subjects are tested, to be decided at {found.tests_until:%H:%M} UTC")
    if found.rate:
        said.append(f"{found.rate:,.0f}/s" if found.rate >= _WHOLE_FROM else f"{found.rate:.1f}/s")
    if found.left:
        said.append(f"about {_span(found.left)} left")
    return ", ".join(said)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Remember that Ctrl-C was pressed.

    Python drops what is raised in a finaliser, and a KeyboardInterrupt is raised wherever the main
    thread happens to be: now and then there, in a driver's or a pool's.
    """
    pressed = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(
    runtime: Runtime, edition_id: int, screen: Screen, *, interrupted: threading.Event
) -> EditionProgress:
    last: tuple[object, ...] = ()
    changed = time.monotonic()
    told: set[str] = set()
    while True:
        try:
            with notify.listening(runtime.engine, progress.CHANNEL) as listener:
                while True:
                    with runtime.begin() as session:
                        found = progress.get_progress(session, edition_id, now=runtime.clock())
                    screen.update(found)
                    told = _report_relays(runtime, found, told)
                    if found.is_final or found.paused:
                        return found
                    if (news := (found.state, found.settled, found.waiting)) != last:
                        last, changed = news, time.monotonic()
                    if _should_have_moved(found) and time.monotonic() - changed > STALL_SECONDS:
                        with runtime.begin() as session:
                            sending_guard.require_sending_allowed(session)
                        raise _standstill(found)
                    _rest(listener, interrupted)
        except notify.ListenUnavailable:
            if time.monotonic() - changed > STALL_SECONDS:
                raise Unavailable(
                    "The database does not answer. Sending continues when it does: "
                    f"'crieur edition watch {edition_id}' shows progress again."
                ) from None
            time.sleep(LISTEN_SECONDS)


def _report_relays(runtime: Runtime, found: EditionProgress, told: set[str]) -> set[str]:
    """Report each relay's problem once; return the sentences that are true now."""
    if found.state is not EditionState.SENDING:
        return told
    with runtime.begin() as session:
        troubles = relay_incidents.current_incidents(session, now=runtime.clock())
    now = {
        f"{each.relay} accepts no connection: {each.reason}; {each.advice}." for each in troubles
    }
    for sentence in sorted(now - told):
        _print_sentence(sentence)
    return now


def _rest(listener: notify.Listener, interrupted: threading.Event) -> None:
    if interrupted.is_set():
        raise KeyboardInterrupt
    listener.wait(LISTEN_SECONDS)


def _should_have_moved(found: EditionProgress) -> bool:
    """Whether a minute without news is strange: not while a wave, retries or a test are awaited."""
    if found.tests_until:
        return False
    later = sum(wave.readers for wave in found.later)
    return found.state is not EditionState.SENDING or found.pending > later + found.waiting


def _standstill(found: EditionProgress) -> Unavailable:
    return Unavailable(
        f"Edition {found.edition_id} is {found.state} and does not move: are "
        "'crieur scheduler' and 'crieur worker' running, and does the relay answer? "
        "It continues when they are; nothing is lost."
    )


@contextmanager
def _screen(edition_id: int) -> Iterator[Screen]:
    if not sys.stderr.isatty():
        yield _PlainScreen()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        yield _TerminalScreen(bar, edition_id)


def _span(left: timedelta) -> str:
    seconds = round(left.total_seconds())
    if seconds < _NEXT_UNIT_FROM:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return (
        f"{minutes} min"
        if minutes < _NEXT_UNIT_FROM
        else f"{minutes // 60} h {minutes % 60:02} min"
    )


def _print_sentence(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
