"""`crieur edition approve` and `resume`: letting an edition go on."""

import typer

from service.accounts import audit
from service.cli.read_newsletter import read_hours
from service.cli.runtime import open_runtime
from service.cli.show import say
from service.delivery.guard import sending_guard
from service.delivery.workflow import resume as resuming
from service.kit.db import Session

ID = typer.Argument(help="The edition's number, as 'crieur edition list' shows it.")


def approve(edition: int = ID) -> None:
    """Let a held or paused edition go on.

    Example: crieur edition approve 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        resuming.approve_edition(session, edition, now=now)
        audit.record(session, None, "edition.approve", {"edition_id": edition}, now=now)
        advice = _advice(session)
    _say_it_goes_on(edition, advice)


def resume(
    edition: int = ID,
    valid_hours: float | None = typer.Option(
        None, help="For how many hours from now on it is still news; 0 lets what is too old expire."
    ),
) -> None:
    """Go on after a pause.

    When the news has become too old meanwhile it says how many readers would get nothing, and
    asks for --valid-hours.

    Example: crieur edition resume 12
    """
    valid_for = None if valid_hours is None else read_hours(valid_hours)
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        resuming.resume_edition(session, edition, now=now, valid_for=valid_for)
        audit.record(session, None, "edition.resume", {"edition_id": edition}, now=now)
        advice = _advice(session)
    _say_it_goes_on(edition, advice)


def _advice(session: Session) -> str | None:
    """Return what else has to be done where no mail may leave the database."""
    return (
        None
        if sending_guard.is_sending_allowed(session)
        else sending_guard.ADVICE[sending_guard.sending_status(session)]
    )


def _say_it_goes_on(edition_id: int, advice: str | None) -> None:
    say(f"Edition {edition_id} goes on.")
    if advice:
        say(advice)
