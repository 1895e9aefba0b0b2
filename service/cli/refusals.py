"""`crieur edition refusals` and `resend`: who was refused an edition, and sending it again."""

from collections.abc import Sequence
from shlex import quote
from typing import Annotated

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli.read_newsletter import read_hours
from service.cli.runtime import open_runtime
from service.cli.show import as_json, as_lines, as_table, many, say
from service.delivery.guard import sending_guard
from service.delivery.workflow import resend as resending
from service.editions import desk
from service.kit.db import Session
from service.kit.errors import Invalid
from service.outcomes import suppression_reviews
from service.reports import refusals as reports

JSON = typer.Option(False, "--json", help="JSON on stdout.")
ID = typer.Argument(help="The edition's number, as 'crieur edition list' shows it.")


def refusals(edition: int = ID, json: bool = JSON) -> None:
    """Show who was refused: whose fault it is, why, at which provider, and in which words.

    Example: crieur edition refusals 12 --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        desk.get(session, edition)
        found = of_edition(runtime, session, edition)
        held = suppression_reviews.pending_reviews(session, edition)
    if json:
        as_lines(each.as_dict() for each in found)
        return
    as_table(
        ["fault", "reason", "provider", "readers", "for example"],
        [
            (each.fault, each.reason, _provider(each), each.readers, each.example)
            for each in reports.shortened(found)
        ],
    )
    for fault, count in reports.to_resend(found).items():
        say(f"{count:,} by the fault {fault}: 'crieur edition resend {edition} --refused {fault}'.")
    for each in held:
        say(describe(each))


def _provider(refused: reports.Refusals) -> str:
    return f"({refused.others:,} others, see --json)" if refused.others else refused.provider


def resend(
    edition: int = ID,
    refused: Annotated[
        list[str] | None,
        typer.Option(help="Whose refusals to take back: sender, relay or unknown. Repeatable."),
    ] = None,
    valid_hours: Annotated[
        float | None, typer.Option(help="For how many hours from now on it is still news.")
    ] = None,
    json: bool = JSON,
) -> None:
    """Send an edition again to those who were refused by no fault of theirs.

    Nobody gets it twice, and whoever has left meanwhile gets nothing.

    Example: crieur edition resend 12 --refused relay
    """
    if not refused:
        raise Invalid("Say whose refusals: --refused sender, --refused relay, or both.")
    faults = [resending.parse_fault(word) for word in refused]
    valid_for = None if valid_hours is None else read_hours(valid_hours)
    with open_runtime() as runtime, runtime.begin() as session:
        sending_guard.require_sending_allowed(session)
        now = runtime.clock()
        count = resending.resend_refused(
            session, edition, faults=faults, now=now, valid_for=valid_for
        )
        if count:
            facts = {"edition_id": edition, "refused": ", ".join(faults), "readers": count}
            audit.record(session, None, "edition.resent", facts, now=now)
        is_paused = desk.get(session, edition).paused_at is not None
    if json:
        as_json({"edition": edition, "resent": count, "paused": is_paused})
        return
    words = " or ".join(faults)
    if not count:
        say(f"Nobody is left who was refused edition {edition} by this fault: {words}.")
        return
    say(f"{many(count, 'reader is', 'readers are')} sent edition {edition} again.")
    if is_paused:
        say(f"It is paused: 'crieur edition resume {edition}' lets it go on.")


def of_edition(runtime: Runtime, session: Session, edition_id: int) -> list[reports.Refusals]:
    """Return an edition's refusals by the providers of this installation."""
    provider_of = runtime.pacing_rules.provider_of
    return reports.of_edition(session, edition_id, provider_of=provider_of)


def mention(session: Session, edition_id: int, found: Sequence[reports.Refusals]) -> None:
    """Say that readers were refused, and who of them waits for an operator's word."""
    if found:
        who = many(sum(each.readers for each in found), "reader was", "readers were")
        say(f"{who} refused: 'crieur edition refusals {edition_id}' shows why.")
    for each in suppression_reviews.pending_reviews(session, edition_id):
        say(describe(each))


def describe(hold: suppression_reviews.PendingReview) -> str:
    """Say who waits for an operator's word, and how to give it."""
    whose = (
        "readers"
        if hold.provider == suppression_reviews.ALL_PROVIDERS
        else f"readers at {hold.provider}"
    )
    provider = quote(hold.provider)
    return (
        f"{hold.unknown:,} of {hold.answered:,} {whose} seem to be unknown in edition "
        f"{hold.edition_id}, so nobody was suppressed. Was it us (DNS, relay, reputation)? "
        f"'crieur suppression dismiss {hold.edition_id} {provider}'. "
        f"Or are they really gone? 'crieur suppression confirm {hold.edition_id} "
        f"{provider}'."
    )
