"""`crieur suppression`: the addresses that are not written to."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import typer

from service.accounts import audit
from service.audience import address as addresses
from service.audience import standing, suppress
from service.audience.address import Address
from service.audience.suppress import Suppressed
from service.boot import Runtime
from service.cli.runtime import open_runtime
from service.cli.show import as_json, as_lines, as_table, say
from service.kit.db import Session
from service.kit.errors import Conflict

app = typer.Typer(no_args_is_help=True)

JSON = typer.Option(False, "--json", help="JSON on stdout.")
PAGE = 500


@app.command("list")
def list_(
    limit: int | None = typer.Option(None, min=1, help="At most so many, the latest first."),
    json: bool = JSON,
) -> None:
    """List suppressions, the latest first; the address is gone once a reader was erased.

    Example: crieur suppression list --limit 20
    """
    with open_runtime() as runtime:
        found = islice(_all(runtime), limit)
        if json:
            as_lines(_as_dict(each) for each in found)
        else:
            as_table(
                ["address", "reason", "since", "evidence"],
                [
                    (each.address, each.reason, f"{each.since:%Y-%m-%d %H:%M}", each.evidence)
                    for each in found
                ],
            )


@app.command()
def add(
    email: str,
    reason: str = typer.Option("operator", help="One word, shown in the list."),
    evidence: str = typer.Option("", help="Why, in a sentence, without the address."),
    json: bool = JSON,
) -> None:
    """Write to this address no more, whoever signs it up.

    Example: crieur suppression add awa@example.com --evidence "Asked us by telephone."
    """
    address = addresses.parse(email)
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        is_new = suppress.suppress(
            session,
            address=address,
            reason=reason,
            evidence=evidence,
            now=now,
            keyring=runtime.keyring,
        )
        if not is_new:
            raise Conflict(
                "This address is suppressed already: 'crieur suppression list' shows why."
            )
        _record(session, "suppression.added", address, now=now)
    _done(json, address=address.text, suppressed=True)


@app.command()
def remove(email: str, json: bool = JSON) -> None:
    """Allow writing to this address again.

    Example: crieur suppression remove awa@example.com
    """
    address = addresses.parse(email)
    with open_runtime() as runtime, runtime.begin() as session:
        suppress.lift(session, address, keyring=runtime.keyring)
        _record(session, "suppression.lifted", address, now=runtime.clock())
    _done(json, address=address.text, suppressed=False)


def _all(runtime: Runtime) -> Iterator[Suppressed]:
    """Go through the pages, each in a transaction of its own."""
    before = None
    while True:
        with runtime.begin() as session:
            page = suppress.list_page(session, before=before, size=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        before = (page[-1].since, page[-1].key)


def _record(session: Session, event: str, address: Address, *, now: datetime) -> None:
    """Write into the audit trail the reader's number where there is one, never the address."""
    number = standing.number_of(session, address)
    facts = {} if number is None else {"subscriber_id": number}
    audit.record(session, None, event, facts, now=now)


def _as_dict(each: Suppressed) -> dict[str, object]:
    return {
        "address": each.address,
        "reason": each.reason,
        "evidence": each.evidence,
        "since": each.since,
    }


def _done(json: bool, *, address: str, suppressed: bool) -> None:
    if json:
        as_json({"address": address, "suppressed": suppressed})
    else:
        say(f"{address} is {'suppressed' if suppressed else 'written to again'}.")
