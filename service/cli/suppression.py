"""`crieur suppression`: the addresses that are not written to."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice

import typer

from service.accounts import audit
from service.audience import address as addresses
from service.audience import profile, suppress
from service.audience.address import EmailAddress
from service.audience.suppress import SuppressionEntry, SuppressionFilter
from service.boot import Runtime
from service.cli import suppression_file
from service.cli.edition_refusals import describe_hold
from service.cli.id_argument import EDITION_ID
from service.cli.output import plural, print_json, print_json_lines, print_line, print_table
from service.cli.runtime import open_runtime
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.translatable import json_fields, verbatim
from service.outcomes import suppression_reviews
from service.outcomes.suppression_reviews import ReviewDecision

app = typer.Typer(no_args_is_help=True)
app.command("export")(suppression_file.export_suppressions)
app.command("import")(suppression_file.import_suppressions)
app.command("renew")(suppression_file.renew_suppressions)

JSON = typer.Option(False, "--json", help="JSON on stdout.")
PAGE = 500
PROVIDER = typer.Argument(help="As 'crieur suppression held' names it; '*' for all of an edition.")


@app.command("list")
def list_suppressions(
    limit: int | None = typer.Option(None, min=1, help="At most so many, the latest first."),
    json: bool = JSON,
) -> None:
    """List suppressions, the latest first.

    Only readers' addresses are stored. Of an address that had not signed up, and of an erased
    reader's, there is only a hash: 'crieur suppression show ADDRESS' finds it.

    Example: crieur suppression list --limit 20
    """
    with open_runtime() as runtime:
        found = islice(_all(runtime), limit)
        if json:
            print_json_lines(_as_dict(each) for each in found)
        else:
            print_table(
                ["address", "reason", "since", "evidence"],
                [
                    (
                        _name(each),
                        each.reason,
                        f"{each.since:%Y-%m-%d %H:%M}",
                        each.evidence,
                    )
                    for each in found
                ],
            )


@app.command("show")
def show_suppression(email: str, json: bool = JSON) -> None:
    """Show whether an address is suppressed and why, also if only its hash is stored.

    Example: crieur suppression show awa@example.com
    """
    address = addresses.parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        found = suppress.get_suppression(session, address, keyring=runtime.keyring)
    shown = _as_dict(found)
    if json:
        print_json(shown)
        return
    print_table(
        [address.text, ""], [(name, shown[name]) for name in ("reason", "since", "evidence")]
    )


@app.command("add")
def add_suppression(
    email: str,
    reason: str = typer.Option("operator", help="One word, such as telephone, shown in the list."),
    evidence: str = typer.Option("", help="Why, in a sentence, without the address."),
    json: bool = JSON,
) -> None:
    """Suppress an address: it gets no message, even if it is signed up again.

    Example: crieur suppression add awa@example.com --evidence "Asked us by telephone."
    """
    address = addresses.parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        is_new = suppress.suppress(
            session,
            address=address,
            reason=reason,
            evidence=verbatim(evidence) if evidence else None,
            now=now,
            keyring=runtime.keyring,
        )
        if not is_new:
            raise Conflict(
                f"This address is suppressed already: 'crieur suppression show {address.text}' "
                "shows why."
            )
        _record(session, "suppression.added", address, now=now)
    _done(json, address=address.text, suppressed=True)


@app.command("remove")
def remove_suppression(email: str, json: bool = JSON) -> None:
    """Allow writing to this address again.

    Example: crieur suppression remove awa@example.com
    """
    address = addresses.parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        suppress.lift(session, address, keyring=runtime.keyring)
        _record(session, "suppression.lifted", address, now=runtime.clock())
    _done(json, address=address.text, suppressed=False)


@app.command("lift")
def lift_suppressions(
    reason: list[str] = typer.Option(
        sorted(suppress.BOUNCES), help="Only these reasons, as the list shows them. Repeatable."
    ),
    provider: str | None = typer.Option(
        None, help="Only this mailbox provider: google, orange …, or a domain."
    ),
    since: str | None = typer.Option(None, help="From then on, such as '2023-02-08 07:00' (UTC)."),
    until: str | None = typer.Option(None, help="Before then (UTC)."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only count them."),
    json: bool = JSON,
) -> None:
    """Undo a bad day: allow writing again to all who were suppressed then.

    Without --reason only what bounces and refusals have led to. Name at least a time or a provider.

    Example: crieur suppression lift --provider orange --since 2023-02-08 --until 2023-02-09
    """
    selection = SuppressionFilter(
        reasons=frozenset(reason),
        since=_read_moment(since, "--since"),
        until=_read_moment(until, "--until"),
        provider=provider.strip().lower() if provider else None,
    )
    if selection.since is None and selection.until is None and provider is None:
        raise Invalid("Name a time (--since, --until) or a --provider: which bad day is it?")
    with open_runtime() as runtime, runtime.begin() as session:
        provider_of = runtime.pacing_rules.provider_of
        if dry_run:
            found = suppress.iter_suppressions(session, selection, provider_of=provider_of)
            count = sum(len(some) for some in found)
        else:
            count = suppress.lift_matching(session, selection, provider_of=provider_of)
            facts = {**selection.facts, "readers": count}
            audit.record(session, None, "suppression.lifted_many", facts, now=runtime.clock())
    if json:
        print_json({"lifted": 0 if dry_run else count, "matching": count, "dry_run": dry_run})
    elif not count:
        print_line("No suppression matches: see 'crieur suppression list'.")
    elif dry_run:
        print_line(f"{plural(count, 'address', 'addresses')} would be written to again.")
    else:
        print_line(f"{plural(count, 'address is', 'addresses are')} written to again.")


@app.command("held")
def list_holds(json: bool = JSON) -> None:
    """Show readers whose suppression waits for a decision, because a whole provider rejects them.

    Example: crieur suppression held
    """
    with open_runtime() as runtime, runtime.begin() as session:
        found = suppression_reviews.pending_reviews(session)
    if json:
        print_json_lines(asdict(each) for each in found)
        return
    if not found:
        print_line("No decision is pending.")
    for each in found:
        print_line(describe_hold(each))


@app.command("confirm")
def confirm_hold(
    edition: int = EDITION_ID,
    provider: str = PROVIDER,
    json: bool = JSON,
) -> None:
    """Confirm that held readers are really unknown: they are suppressed.

    Example: crieur suppression confirm 12 example.org
    """
    _decide(edition, provider, ReviewDecision.GONE, json=json)


@app.command("dismiss")
def dismiss_hold(
    edition: int = EDITION_ID,
    provider: str = PROVIDER,
    json: bool = JSON,
) -> None:
    """Dismiss a hold: its readers stay active, and may be sent the edition again.

    Example: crieur suppression dismiss 12 example.org
    """
    _decide(edition, provider, ReviewDecision.OURS, json=json)


def _decide(edition: int, provider: str, decision: ReviewDecision, *, json: bool) -> None:
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        count = suppression_reviews.decide_review(
            session,
            edition,
            provider,
            decision,
            provider_of=runtime.pacing_rules.provider_of,
            keyring=runtime.keyring,
            now=now,
        )
        facts = {"edition_id": edition, "provider": provider, "readers": count}
        audit.record(session, None, f"suppression.{decision.value}", facts, now=now)
    if json:
        print_json({"edition": edition, "decision": decision.value, "readers": count})
    elif decision is ReviewDecision.GONE:
        print_line(f"{plural(count, 'reader is', 'readers are')} suppressed.")
    else:
        print_line(
            f"{plural(count, 'reader stays', 'readers stay')}. 'crieur edition resend {edition} "
            "--refused sender' sends the edition again."
        )


def _read_moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{option} takes a time such as '2023-02-08 07:00' (UTC).") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _all(runtime: Runtime) -> Iterator[SuppressionEntry]:
    """Go through the pages, each in a transaction of its own."""
    before = None
    while True:
        with runtime.begin() as session:
            page = suppress.list_suppressions(session, before=before, size=PAGE)
        yield from page
        if len(page) < PAGE:
            return
        before = (page[-1].since, page[-1].key)


def _record(session: Session, event: str, address: EmailAddress, *, now: datetime) -> None:
    """Write into the audit trail the reader's number where there is one, never the address."""
    number = profile.find_subscriber_id(session, address)
    facts = {} if number is None else {"subscriber_id": number}
    audit.record(session, None, event, facts, now=now)


def _name(each: SuppressionEntry) -> str:
    if each.address is not None:
        return each.address
    return "(address not stored)" if each.subscriber_id is None else "(erased)"


def _as_dict(each: SuppressionEntry) -> dict[str, object]:
    return {
        "address": each.address,
        "reason": each.reason,
        **json_fields("evidence", each.evidence),
        "evidence": str(each.evidence or ""),
        "since": each.since,
    }


def _done(json: bool, *, address: str, suppressed: bool) -> None:
    if json:
        print_json({"address": address, "suppressed": suppressed})
    else:
        print_line(f"{address} is {'suppressed' if suppressed else 'written to again'}.")
