"""Add, show, list, unsubscribe and erase readers."""

from dataclasses import asdict

import typer

from service.accounts import audit
from service.audience import erase, preferences, profile, reader_list, unsubscribe
from service.audience.address import parse_address
from service.audience.consent import ConsentOrigin, ConsentProof, ConsentSource
from service.audience.lifecycle import SubscriptionState
from service.audience.profile import ReaderProfile, SubscriptionProfile
from service.audience.reader_list import ReaderListItem
from service.audience.reader_token import ReaderToken
from service.audience.section_selection import mask_of
from service.audience.signup import SignupRequest
from service.audience.unsubscribe import EndedBy
from service.cli.frequency_option import require_offered
from service.cli.output import format_instant, print_json, print_json_lines, print_line, print_table
from service.cli.runtime import open_runtime
from service.delivery.enrolment import choose_frequency
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.kit.slug import slugify as slug_of
from service.kit.translatable import json_fields, translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency

app = typer.Typer(no_args_is_help=True)

NEWSLETTER = typer.Option(None, "--newsletter", "-n", help="The newsletter's slug.")
SECTION = typer.Option(None, "--section", help="A section's name; repeat it. None means all.")
JSON = typer.Option(False, "--json", help="JSON on stdout.")
ZONE = typer.Option(
    None, "--time-zone", help="Where the reader lives, such as Europe/Paris, for editions by zone."
)
FREQUENCY = typer.Option(
    None, "--frequency", help="each, daily or weekly; else what the newsletter proposes."
)
ALERTS = typer.Option(False, "--alerts", help="Breaking news as alerts, too, where offered.")
EMAIL = typer.Argument(help="The reader's email address.")


@app.command("add")
def add_subscriber(
    email: str = EMAIL,
    newsletter: str = typer.Option(..., "--newsletter", "-n", help="The newsletter's slug."),
    section: list[str] | None = SECTION,
    proof: str | None = typer.Option(
        None, "--proof", help="Where the consent can be shown; then no confirmation is asked."
    ),
    frequency: Frequency | None = FREQUENCY,
    alerts: bool = ALERTS,
    time_zone: str | None = ZONE,
) -> None:
    """Add a reader: a confirmation message is sent, unless you name the proof of consent.

    Example: crieur subscriber add awa@example.org -n le-matin --section Politique
    """
    address = parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        found = catalogue.get(session, newsletter)
        mask = parse_sections(section or [], found)
        require_offered(frequency, found)
        if alerts and not found.offers_alerts:
            raise Invalid(translatable("edition.alert.not_offered", newsletter=found.name))
        now = runtime.clock()
        if proof is not None:
            admitted = choose_frequency.add_with_consent(
                session,
                address,
                newsletter_id=found.id,
                section_mask=mask,
                frequency=frequency,
                wants_alerts=alerts,
                proof=proof,
                now=now,
                keyring=runtime.keyring,
            )
            _place(session, admitted.subscriber_id, time_zone)
            facts = {"subscriber_id": admitted.subscriber_id, "newsletter_id": found.id}
            audit.record(session, None, "subscriber.added", facts, now=now)
            print_line(f"{address.text} receives {found.name}.")
            return
        due = choose_frequency.sign_up(
            session,
            SignupRequest(
                newsletter_id=found.id,
                address=address,
                section_mask=mask,
                frequency=frequency,
                wants_alerts=alerts,
                origin=ConsentOrigin(source=ConsentSource.OPERATOR),
            ),
            now=now,
            keyring=runtime.keyring,
            valid_for=runtime.settings.confirm_valid_for,
        )
        if due is None:
            print_line(
                "No message is sent: the address is suppressed, or had one in the last minutes."
            )
            return
        _place(session, due.subscriber_id, time_zone)
        facts = {"subscriber_id": due.subscriber_id, "newsletter_id": found.id}
        audit.record(session, None, "subscriber.asked", facts, now=now)
        # Only this path writes a message; the others need not wait for its templates to load.
        from service.delivery.notices.send_notice import queue_pending_notice

        queue_pending_notice(session, due, now=now)
        print_line(f"{address.text} is asked to confirm by mail.")


@app.command("show")
def show_subscriber(email: str = EMAIL, json: bool = JSON) -> None:
    """Show everything known about a reader: subscriptions, proofs of consent, suppression.

    Each proof has the words that the reader saw, in full; --json is for handing it on.

    Example: crieur subscriber show awa@example.org --json
    """
    address = parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        found = profile.profile_of_address(session, address, keyring=runtime.keyring)
    if json:
        print_json(_as_dict(found))
        return
    if found.suppressed_because and found.suppressed_since:
        print_line(
            f"Suppressed since {format_instant(found.suppressed_since)}: "
            f"{found.suppressed_because}."
        )
    if found.time_zone:
        print_line(f"Time zone: {found.time_zone}.")
    print_table(
        [
            "newsletter",
            "state",
            "sections",
            "frequency",
            "alerts",
            "requested",
            "confirmed",
            "ended",
        ],
        [
            (
                each.newsletter.slug,
                each.state.value,
                ", ".join(_section_names(each)),
                each.frequency.value,
                "yes" if each.wants_alerts else "no",
                each.requested_at,
                each.confirmed_at,
                each.ended_at,
            )
            for each in found.subscriptions
        ],
    )
    for each in found.subscriptions:
        for proof in each.proofs:
            _print_proof(proof, each.newsletter)


@app.command("list")
def list_subscribers(
    newsletter: str | None = NEWSLETTER,
    state: SubscriptionState | None = typer.Option(
        None, "--state", help="pending, active or ended."
    ),
    search: str = typer.Option("", "--search", help="A part of the address."),
    after: int | None = typer.Option(None, "--after", help="Continue a list; see its last line."),
    count: int = typer.Option(50, "--count", min=1, max=10_000, help="How many at most."),
    json: bool = JSON,
) -> None:
    """List readers, the newest first.

    Example: crieur subscriber list -n le-matin --state active --count 20
    """
    with open_runtime() as runtime, runtime.begin() as session:
        slugs = {each.id: each.slug for each in catalogue.list_newsletters(session)}
        page = reader_list.list_readers(
            session,
            newsletter_id=catalogue.get(session, newsletter).id if newsletter else None,
            state=state,
            search=search,
            after=after,
            size=count,
        )
    if json:
        print_json_lines(_row(each, slugs) for each in page.rows)
        return
    rows = [tuple(_row(each, slugs).values()) for each in page.rows]
    print_table(["id", "address", "newsletter", "state", "since", "suppressed"], rows)
    if page.after is not None:
        print_line(f"There are more: --after {page.after}")


@app.command("unsubscribe")
def unsubscribe_reader(email: str = EMAIL, newsletter: str | None = NEWSLETTER) -> None:
    """End a reader's subscription to one newsletter, or to all of them. No message is sent.

    Example: crieur subscriber unsubscribe awa@example.org -n le-matin
    """
    address = parse_address(email)
    with open_runtime() as runtime, runtime.begin() as session:
        wanted = catalogue.get(session, newsletter) if newsletter else None
        found = profile.profile_of_address(session, address, keyring=runtime.keyring)
        ended = [
            each.newsletter.id
            for each in found.subscriptions
            if each.state is not SubscriptionState.ENDED
            and (wanted is None or wanted.id == each.newsletter.id)
        ]
        if not ended:
            where = wanted.name if wanted else "any newsletter"
            raise NotFound(f"{address.text} is not subscribed to {where}; there is nothing to end.")
        for newsletter_id in ended:
            reader = ReaderToken(
                newsletter_id=newsletter_id, edition_id=0, subscriber_id=found.subscriber_id
            )
            unsubscribe.end_subscription(session, reader, by=EndedBy.OPERATOR, now=runtime.clock())
            facts = {"subscriber_id": found.subscriber_id, "newsletter_id": newsletter_id}
            audit.record(session, None, "subscriber.ended", facts, now=runtime.clock())
    print_line(f"Ended: {len(ended)}.")


@app.command("erase")
def erase_reader(
    email: str = EMAIL,
    yes: bool = typer.Option(False, "--yes", help="Do not ask for confirmation."),
) -> None:
    """Remove a person's data. What was sent stays counted; a keyed hash stays.

    Example: crieur subscriber erase awa@example.org --yes
    """
    address = parse_address(email)
    if not yes:
        typer.confirm(f"Erase {address.text} for good?", abort=True)
    with open_runtime() as runtime, runtime.begin() as session:
        number = erase.erase(session, address, now=runtime.clock(), keyring=runtime.keyring)
        facts = {"subscriber_id": number}
        audit.record(session, None, "subscriber.erased", facts, now=runtime.clock())
    print_line(f"Erased: reader {number}.")


def parse_sections(names: list[str], newsletter: NewsletterDetails) -> int | None:
    """Return the mask for section names; none means all. Raise Invalid for an unknown one."""
    if not names:
        return None
    bits = {section.slug: section.bit for section in newsletter.current_sections}
    unknown = [name for name in names if slug_of(name) not in bits]
    if unknown:
        raise Invalid(f"There is no section “{unknown[0]}”; there are: {', '.join(bits)}.")
    return mask_of((bits[slug_of(name)] for name in names), offered=bits.values())


def _place(session: Session, subscriber_id: int, time_zone: str | None) -> None:
    """Write where a reader lives, when it is known."""
    if time_zone is not None:
        preferences.set_time_zone(session, subscriber_id, time_zone)


def _section_names(subscription: SubscriptionProfile) -> list[str]:
    names = subscription.section_names
    return ["all"] if names is None else names


def _print_proof(proof: ConsentProof, newsletter: NewsletterDetails) -> None:
    """Print one act of consent: when, what, from where, under which words."""
    parts = [
        f"{proof.at:%Y-%m-%d %H:%M} UTC",
        f"{newsletter.slug}: {proof.act}",
        proof.source and f"by {proof.source}",
        proof.network and f"from {proof.network}",
        proof.request and f"confirmation message {proof.request}",
        proof.evidence and f"proof: {proof.evidence}",
        proof.frequency and f"frequency: {proof.frequency}",
        proof.alerts is not None and f"alerts: {'yes' if proof.alerts else 'no'}",
    ]
    print_line(", ".join(part for part in parts if part))
    if proof.words:
        print_line(f"    “{proof.words}” ({proof.language})")
    elif proof.text_version:
        print_line(f"    The words were not kept, only their version: {proof.text_version}.")


def _row(reader: ReaderListItem, slugs: dict[int, str]) -> dict[str, object]:
    return {
        "id": reader.subscriber_id,
        "address": reader.address,
        "newsletter": slugs.get(reader.newsletter_id, "(archived)"),
        "state": reader.state.value,
        "since": reader.since,
        "suppressed": reader.suppressed_because,
    }


def _as_dict(found: ReaderProfile) -> dict[str, object]:
    return {
        "subscriber_id": found.subscriber_id,
        "address": found.address,
        "time_zone": found.time_zone,
        "created_at": found.created_at,
        "suppressed_because": found.suppressed_because,
        "suppressed_since": found.suppressed_since,
        **json_fields("evidence", found.evidence),
        "evidence": str(found.evidence or ""),
        "relations": [
            {
                "newsletter_id": each.newsletter.id,
                "state": each.state,
                "section_mask": each.section_mask,
                "frequency": each.frequency,
                "wants_alerts": each.wants_alerts,
                "requested_at": each.requested_at,
                "confirmed_at": each.confirmed_at,
                "ended_at": each.ended_at,
                "ended_by": each.ended_by,
                "proofs": [asdict(proof) for proof in each.proofs],
                "newsletter": each.newsletter.slug,
                "sections": _section_names(each),
            }
            for each in found.subscriptions
        ],
    }
