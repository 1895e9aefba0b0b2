"""How fast an audience becomes deliveries: an edition's way from its slot to its sending.

The time is that of the whole verb, with the choice of articles and the rendering, because that is
what an operator waits for; with a million readers enrolment is nearly all of it.
"""

import time
from pathlib import Path
from statistics import median
from typing import Any

from service.devkit.bench import dataset
from service.devkit.bench.sample_edition import EditionFactory
from service.devkit.bench.stack import Commands, StackOptions, open_stack
from service.reports.ledger import get_ledger

SIZE = 40_960
# Nothing is sent here; the address is never asked.
NO_PORT = 9


def measure_enrolment(
    folder: Path, *, recipients: int, runs: int, commands: Commands
) -> dict[str, Any]:
    """Prepare `runs` editions of `recipients` readers; return what `--json` prints."""
    wish = StackOptions(connections=1, processes=1)
    rates, faults = [], []
    with open_stack(folder, wish, port=NO_PORT, commands=commands) as stack:
        press = EditionFactory(stack.runtime)
        shape = press.find_shape(SIZE)
        dataset.write_readers(stack.url, press.newsletter_id, readers=recipients)
        for _ in range(runs):
            dataset.checkpoint(stack.url)
            began = time.monotonic()
            edition_id = press.print(shape)
            rates.append(recipients / (time.monotonic() - began))
            with stack.runtime.begin() as session:
                books = get_ledger(session, edition_id)
            if not books.balanced or books.pending != recipients:
                faults.append(f"Edition {edition_id}: {books.pending} of {recipients} enrolled.")
    return {
        "recipients": recipients,
        "runs": runs,
        "rate": round(median(rates)),
        "rates": [round(rate) for rate in rates],
        "faults": faults,
        "sound": not faults,
    }
