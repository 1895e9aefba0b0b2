"""The command line's root: nouns are imported when they are called, errors become sentences."""

import gc
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from service import __version__
from service.cli.command_group import CommandGroup
from service.kit.errors import CrieurError

GC_THRESHOLD = 200_000
"""Allocations before a garbage collection. What a command loads stays: collecting after every 700
takes a tenth of its start."""

EXAMPLE = "Example: crieur newsletter next le-matin --count 5"

NOUNS: dict[str, tuple[str, str]] = {
    "demo": ("service.cli.demo:demo", "Show the whole story on this machine."),
    "up": ("service.cli.up:up", "Run all daemons together."),
    "web": (
        "service.cli.daemons:run_web",
        "Serve readers' pages, the console and the publisher's API.",
    ),
    "scheduler": (
        "service.cli.daemons:run_scheduler_daemon",
        "Find what is due and enqueue jobs for it.",
    ),
    "worker": ("service.cli.daemons:run_worker", "Build, render and send editions."),
    "inbound": ("service.cli.daemons:run_inbound", "Receive bounces by SMTP and LMTP."),
    "db": ("service.cli.db:app", "The schema: upgrade it, and check that it is current."),
    "sending": ("service.cli.sending:app", "Whether mail may leave this database."),
    "newsletter": ("service.cli.newsletter:app", "Describe newsletters and their schedules."),
    "article": ("service.cli.article:app", "Take articles in, list, show and withdraw them."),
    "feed": ("service.cli.feed:app", "Poll feeds for a newsletter's articles."),
    "subscriber": ("service.cli.subscriber:app", "Add, show and unsubscribe readers."),
    "edition": ("service.cli.edition:app", "Build, preview, send and account for editions."),
    "rehearse": (
        "service.cli.rehearse:rehearse_days",
        "Play the coming days through, and send nothing.",
    ),
    "bounce": ("service.cli.bounce:app", "Read and take what came back."),
    "suppression": ("service.cli.suppression:app", "Addresses that get no messages."),
    "dkim": ("service.cli.dkim:app", "Create keys that sign messages, and show their DNS records."),
    "operator": ("service.cli.operator:app", "Who may use the console."),
    "bench": ("service.cli.bench:app", "Measure how fast this machine sends."),
    "doctor": (
        "service.cli.doctor:doctor",
        "Check everything Crieur depends on, and advise what to do.",
    ),
}

DEVELOPER_NOUNS = ("demo", "bench")
"""Nouns that work in a checkout only: the wheel does not hold their modules."""


def main() -> None:
    """Run the command line; exit 0 done, 1 refused or failed, 2 bad usage."""
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        gc.set_threshold(GC_THRESHOLD)
        make_app(called)()
    except CrieurError as error:
        sys.exit(_print_sentence(str(error)))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sentence = _explain(error)
        if sentence is None:
            raise
        sys.exit(_print_sentence(sentence))
    finally:
        # The process ends: no last garbage collection.
        gc.freeze()


def make_app(called: str | None) -> typer.Typer:
    """Return the root with the called noun loaded, the others as one line of help each."""
    app = typer.Typer(
        name="crieur",
        help="Newsletters for news publishers: digests by section, every delivery accounted for.",
        epilog=EXAMPLE,
        no_args_is_help=True,
        # Plain help: loading rich for it would take longer than everything else together.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    # Read here and not in `config`, which takes a quarter of a second to load.
    everything = "_CRIEUR_COMPLETE" in os.environ  # noqa: TID251
    for name, (path, line) in _installed_nouns().items():
        if everything or name == called:
            _load(app, name, path, line)
        else:
            app.command(name, help=line)(_never)
    return app


def _installed_nouns() -> dict[str, tuple[str, str]]:
    missing = {
        name for name in DEVELOPER_NOUNS if find_spec(NOUNS[name][0].partition(":")[0]) is None
    }
    return {name: noun for name, noun in NOUNS.items() if name not in missing}


def _load(app: typer.Typer, name: str, path: str, line: str) -> None:
    module, _, attribute = path.partition(":")
    found: Any = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, help=line, cls=CommandGroup)
    else:
        app.command(name)(found)


def _root(
    *,
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=lambda asked: _version(asked=asked)
    ),
) -> None:
    """Take the options that stand before a noun."""
    del version


def _version(*, asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


def _never() -> None:
    """Stand for a noun that was not called."""


def _explain(error: Exception) -> str | None:
    """Return a sentence when the database is away or refuses a value; None for our mistakes."""
    from service.kit.db import DatabaseUnavailable, UnstorableValue

    if isinstance(error, UnstorableValue):
        return "A number is too large, or a text holds a NUL character: check what you gave."
    if not isinstance(error, DatabaseUnavailable):
        return None
    original = getattr(error, "orig", None)
    reason = str(original).strip().splitlines()[0] if original else type(error).__name__
    return f"The database did not answer ({reason}): check CRIEUR_DATABASE_URL."


def _print_sentence(sentence: str) -> int:
    print(f"crieur: {sentence}", file=sys.stderr)
    return 1
