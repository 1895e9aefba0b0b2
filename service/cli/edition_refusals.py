"""`crieur edition refusals` and `resend`: who was refused an edition, and sending it again."""

from collections.abc import Sequence
from shlex import quote
from typing import Annotated

import typer

from service.accounts import audit
from service.boot import Runtime
from service.cli.id_argument import EDITION_ID
from service.cli.newsletter_options import parse_hours
from service.cli.output import plural, print_json, print_json_lines, print_line, print_table
from service.cli.runtime import open_runtime
from service.delivery.guard import sending_guard
from service.delivery.reasons import describe_reply
from service.delivery.workflow import resend as resending
from service.editions.find import get_edition
from service.kit.db import Session
from service.kit.errors import Invalid
from service.outcomes import suppression_reviews
from service.reports import refusals as reports

JSON = typer.Option(False, "--json", help="JSON on stdout.")


def list_refusals(edition: int = EDITION_ID, json: bool = JSON) -> None:
    """Show an edition's refusals by fault, reason and mailbox provider, each with an example.

    Example: crieur edition refusals 12 --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        get_edition(session, edition)
        found = refusals_of_edition(runtime, session, edition)
        held = suppression_reviews.pending_reviews(session, edition)
    if json:
        print_json_lines(each.as_dict() for each in found)
        return
    print_table(
        ["fault", "reason", "provider", "readers", "for example"],
        [
            (each.fault, each.reason, _provider(each), each.readers, describe_reply(each.example))
            for each in reports.merge_small_groups(found)
        ],
    )
    for fault, count in reports.count_resendable(found).items():
        print_line(
            f"{count:,} by the fault {fault}: 'crieur edition resend {edition} --refused {fault}'."
        )
    for each in held:
        print_line(describe_hold(each))


def _provider(refused: reports.RefusalGroup) -> str:
    return f"({refused.others:,} others, see --json)" if refused.others else refused.provider


def resend_edition(
    edition: int = EDITION_ID,
    refused: Annotated[
        list[str] | None,
        typer.Option(
            help="Which refusals to take back, by fault: sender, relay or unknown. Repeatable."
        ),
    ] = None,
    valid_hours: Annotated[
        float | None, typer.Option(help="For how many more hours the edition is news.")
    ] = None,
    json: bool = JSON,
) -> None:
    """Send an edition again to readers who were refused for a fault that is not theirs.

    No reader gets it twice; readers who have unsubscribed since get nothing.

    Example: crieur edition resend 12 --refused relay
    """
    if not refused:
        raise Invalid("Name a fault: --refused sender, --refused relay, or both.")
    faults = [resending.parse_fault(word) for word in refused]
    valid_for = None if valid_hours is None else parse_hours(valid_hours)
    with open_runtime() as runtime, runtime.begin() as session:
        sending_guard.require_sending_allowed(session)
        now = runtime.clock()
        count = resending.resend_refused(
            session, edition, faults=faults, now=now, valid_for=valid_for
        )
        if count:
            facts = {"edition_id": edition, "refused": ", ".join(faults), "readers": count}
            audit.record(session, None, "edition.resent", facts, now=now)
        is_paused = get_edition(session, edition).paused_at is not None
    if json:
        print_json({"edition": edition, "resent": count, "paused": is_paused})
        return
    words = " or ".join(faults)
    if not count:
        print_line(f"No refusal of edition {edition} is left for this fault: {words}.")
        return
    print_line(f"{plural(count, 'reader is', 'readers are')} sent edition {edition} again.")
    if is_paused:
        print_line(f"It is paused: 'crieur edition resume {edition}' continues it.")


def refusals_of_edition(
    runtime: Runtime, session: Session, edition_id: int
) -> list[reports.RefusalGroup]:
    """Return an edition's refusals by the providers of this installation."""
    provider_of = runtime.pacing_rules.provider_of
    return reports.list_refusals(session, edition_id, provider_of=provider_of)


def print_refusal_summary(
    session: Session, edition_id: int, found: Sequence[reports.RefusalGroup]
) -> None:
    """Print that readers were refused, and which holds wait for an operator."""
    if found:
        who = plural(sum(each.readers for each in found), "reader was", "readers were")
        print_line(f"{who} refused: 'crieur edition refusals {edition_id}' shows why.")
    for each in suppression_reviews.pending_reviews(session, edition_id):
        print_line(describe_hold(each))


def describe_hold(hold: suppression_reviews.PendingReview) -> str:
    """Return a sentence about a hold, with the commands that decide it."""
    whose = (
        "readers"
        if hold.provider == suppression_reviews.ALL_PROVIDERS
        else f"readers at {hold.provider}"
    )
    provider = quote(hold.provider)
    return (
        f"{hold.unknown:,} of {hold.answered:,} {whose} seem to be unknown in edition "
        f"{hold.edition_id}, so none was suppressed. Was it us (DNS, relay, reputation)? "
        f"'crieur suppression dismiss {hold.edition_id} {provider}'. "
        f"Or are they really gone? 'crieur suppression confirm {hold.edition_id} "
        f"{provider}'."
    )
