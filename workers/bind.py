"""An actor's function with its runtime, and what becomes of its failures.

Work that fails stays in PostgreSQL, and the sweep rings for it again and again. A setting that is
missing is told once, because a stack for each time would bury the one sentence that helps; that no
relay is named stands on the console's first page, too. An edition that fails is counted, and paused
at last; other work is set aside (`stumbles.py`). What passes by itself, such as a database that is
away, is nobody's fault and is tried again as long as it lasts.
"""

from collections.abc import Callable

from service.boot import Runtime
from service.delivery import setbacks, trouble
from service.delivery.setbacks import passes_by_itself
from service.kit.errors import CrieurError, Misconfigured
from service.kit.log import get_logger
from workers import build_edition, send_edition, stumbles

log = get_logger(__name__)


def _pause(wired: Runtime, error: Exception, *, edition_id: int) -> None:
    setbacks.meet(wired.begin, edition_id, error, now=wired.clock())


MEET: dict[Callable[..., None], Callable[..., None]] = {
    build_edition.run: _pause,
    send_edition.run: _pause,
    **stumbles.MEET,
}
"""What becomes of a job's failure, where it is more than a line in the log."""


def bind(
    run: Callable[..., None], wired: Runtime, *, said: set[str] | None = None
) -> Callable[..., None]:
    """Return what dramatiq calls with a job's ids.

    `said` is what this process has said of its settings: once is enough.
    """
    said = set() if said is None else said

    def act(**ids: int) -> None:
        try:
            run(wired, **ids)
        except Misconfigured as error:
            if str(error) not in said:
                said.add(str(error))
                log.warning("worker.misconfigured", advice=str(error))
            if not wired.relays:
                with wired.begin() as session:
                    trouble.tell_of_none(session, now=wired.clock())
        except Exception as error:
            meet = MEET.get(run)
            if meet is None or passes_by_itself(error):
                raise
            # A refusal on purpose says all in its sentence, which becomes the note.
            if not isinstance(error, CrieurError):
                log.exception("worker.job_failed", job=run.__module__.rpartition(".")[2], **ids)
            meet(wired, error, **ids)

    return act
