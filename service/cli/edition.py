"""`crieur edition`: build, look at, send and account for editions."""

from collections.abc import Sequence
from datetime import datetime

import typer

from service.cli import (
    edition_coming,
    edition_control,
    edition_correction,
    edition_curation,
    edition_refusals,
    edition_subject_test,
    stop_press,
)
from service.cli.frequency_option import require_offered
from service.cli.id_argument import EDITION_ID
from service.cli.output import print_json, print_json_lines, print_table
from service.cli.runtime import open_runtime
from service.cli.slot_option import parse_slot, warn_if_unscheduled
from service.editions import build, lapse, plan
from service.editions.edition_json import edition_to_json, proposal_to_json
from service.editions.find import edition_articles, get_edition, recent_editions
from service.editions.lifecycle import FINAL, EditionState
from service.editions.proposal import propose
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.kit.translatable import json_fields
from service.newsletters import catalogue
from service.newsletters.frequency import Frequency, offered_frequencies
from service.reports.ledger import get_ledger
from service.reports.refusals import RefusalGroup
from service.reports.revisions import revision_counts
from service.reports.subject_tests import get_subject_test, subject_test_json

app = typer.Typer(no_args_is_help=True)

JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command("build")
def build_edition(
    slug: str = typer.Argument(help="The newsletter's slug."),
    slot: str | None = typer.Option(
        None, help="The slot it is for, such as '2023-02-08 07:00', in the newsletter's time."
    ),
    frequency: Frequency | None = typer.Option(
        None, "--frequency", help="For readers of each, daily or weekly; else the default one."
    ),
    json: bool = JSON,
) -> None:
    """Select the articles of a new edition and hold it for review.

    Example: crieur edition build le-matin
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            newsletter = catalogue.get(session, slug)
            require_offered(frequency, newsletter)
            now = runtime.clock()
            if slot is None:
                edition = plan.plan_now(
                    session, newsletter.id, now=now, held=True, frequency=frequency
                )
                build.select_articles(session, edition.id, now=now)
            else:
                named = parse_slot(slot, load_zone(newsletter.time_zone))
                edition = build.build_slot(
                    session, newsletter.id, named, now=now, frequency=frequency
                )
                warn_if_unscheduled(
                    newsletter, named, edition.frequency or newsletter.default_frequency
                )
        # Only what is stored is shown: `| head` ends the showing, and would undo the building.
        with runtime.begin() as session:
            _present(session, get_edition(session, edition.id), json=json)


@app.command("list")
def list_editions(
    slug: str | None = typer.Argument(None, help="Only this newsletter's."),
    before: int | None = typer.Option(None, help="Continue a list below this number."),
    limit: int = typer.Option(50, min=1, max=1000),
    json: bool = JSON,
) -> None:
    """List editions, newest first.

    Example: crieur edition list le-matin --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id = catalogue.get(session, slug).id if slug else None
        editions = recent_editions(session, newsletter_id, before_id=before, limit=limit)
        newsletters = catalogue.list_newsletters(session)
        names = {each.id: each.slug for each in newsletters}
        has_series = any(len(offered_frequencies(each)) > 1 for each in newsletters)
        if json:
            print_json_lines(_as_dict(each, names.get(each.newsletter_id)) for each in editions)
        else:
            print_table(
                ["id", "newsletter", "slot", *["series"] * has_series, "state", "subject"],
                [
                    (
                        each.id,
                        names.get(each.newsletter_id, "(archived)"),
                        f"{each.slot_date} {each.slot_time:%H:%M}",
                        *[_series(each)] * has_series,
                        _standing(each),
                        each.subject or each.note,
                    )
                    for each in editions
                ],
            )


app.command("coming")(edition_coming.list_coming)


@app.command("show")
def show_edition(edition: int = EDITION_ID, json: bool = JSON) -> None:
    """Show an edition and its articles; of a coming one what it would have now.

    Example: crieur edition show 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        details = get_edition(session, edition)
        if details.state is EditionState.DRAFT:
            _present_draft(session, details, now=runtime.clock(), json=json)
            return
        found = edition_refusals.refusals_of_edition(runtime, session, edition)
        _present(session, details, json=json, refused=found)
        if not json:
            edition_refusals.print_refusal_summary(session, edition, found)


@app.command("preview")
def preview_edition(
    edition: int = EDITION_ID,
    format_: str = typer.Option("html", "--format", help="html, text or eml."),
    subscriber: str | None = typer.Option(None, help="With this reader's choice of sections."),
) -> None:
    """Print what readers get, on stdout; nothing is sent or stored.

    Example: crieur edition preview 12 --format html > edition.html
    """
    from service.delivery import composer
    from service.delivery.messages.mail_identity import MailIdentity
    from service.rendering import preview as previews

    with open_runtime() as runtime, runtime.begin() as session:
        url = runtime.settings.public_url
        if format_ == "eml":
            raw = composer.preview_message(
                session,
                edition,
                settings=MailIdentity(public_url=url, bounce_domain=runtime.settings.bounce_domain),
                address=subscriber,
                now=runtime.clock(),
            )
            typer.echo(raw, nl=False)
            return
        mask = previews.reader_section_mask(session, edition, subscriber) if subscriber else None
        shown = previews.preview_edition(
            session, edition, public_url=url, mask=mask, now=runtime.clock()
        ).rendered
        if format_ not in {"html", "text"}:
            raise Invalid("--format is one of: html, text, eml.")
        typer.echo(shown.html if format_ == "html" else shown.text)


# `--help` shows the commands in the order in which an edition meets them.
app.command("pin")(edition_curation.pin_articles)
app.command("drop")(edition_curation.drop_articles)
app.command("restore")(edition_curation.restore_articles)
app.command("move")(edition_curation.move_article)
app.command("order")(edition_curation.order_articles)
app.command("rewrite")(edition_curation.rewrite_article)
app.command("text")(edition_curation.write_text)
app.command("subject-test")(edition_subject_test.change_subject_test)
app.command("hold")(edition_control.hold_edition)
app.command("approve")(edition_control.approve_edition)
app.command("send")(edition_control.send_edition)
app.command("watch")(edition_control.watch_edition)
app.command("pause")(edition_control.pause_edition)
app.command("stop-press")(stop_press.stop_the_press)
app.command("resume")(edition_control.resume_edition)
app.command("correction")(edition_correction.begin_edition_correction)
app.command("cancel")(edition_control.cancel_edition)


@app.command("ledger")
def show_ledger(edition: int = EDITION_ID, json: bool = JSON) -> None:
    """Show an edition's ledger: every candidate accounted for.

    Example: crieur edition ledger 12 --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        books = get_ledger(session, edition)
    if json:
        print_json(books.as_dict())
        return
    print_table(["", ""], books.as_lines())
    if len(books.revisions) > 1:
        print_table(["revision", "accepted", "uncertain"], books.revisions)


app.command("refusals")(edition_refusals.list_refusals)
app.command("resend")(edition_refusals.resend_edition)


def _standing(edition: EditionDetails) -> str:
    """Name the state, and whether it waits for an operator."""
    if edition.state in FINAL:
        return edition.state
    stops = {"held": edition.held_at, "paused": edition.paused_at}
    return ", ".join([edition.state, *(word for word, since in stops.items() if since)])


def _series(edition: EditionDetails) -> str:
    """Name the series, and whether the edition is a catch-up one; or what it is instead."""
    if edition.frequency is None:
        return edition.kind
    is_catch_up = edition.previous_edition_id is not None
    return f"{edition.frequency}, catch-up" if is_catch_up else edition.frequency


def _present_draft(session: Session, draft: EditionDetails, *, now: datetime, json: bool) -> None:
    newsletter = catalogue.get_by_id(session, draft.newsletter_id)
    head = edition_to_json(draft, newsletter) | edition_correction.correction_fields(session, draft)
    proposal = proposal_to_json(propose(session, draft.id, now=now))
    tested = subject_test_json(get_subject_test(session, draft))
    if json:
        print_json({**head, **proposal, "subject_test": tested})
        return
    print_table([f"edition {draft.id}", ""], head.items())
    edition_coming.print_proposal(proposal)
    if tested is not None:
        edition_subject_test.print_subject_test(draft.id, tested)


def _present(
    session: Session, edition: EditionDetails, *, json: bool, refused: Sequence[RefusalGroup] = ()
) -> None:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    articles = [
        {
            "id": article.id,
            "section": section.name,
            "title": frozen.get("title") or article.title,
            "withdrawn": article.withdrawn_at is not None,
        }
        for frozen, article, section in edition_articles(session, edition.id)
    ]
    shown = _as_dict(edition, newsletter.slug)
    revisions = [each.as_dict() for each in revision_counts(session, edition.id)]
    if until := lapse.waits_until(edition, newsletter):
        shown["approvable_until"] = until
    tested = get_subject_test(session, edition)
    if json:
        print_json(
            {
                **shown,
                "articles": articles,
                "revisions": revisions if edition.frozen_at else [],
                "refusals": [each.as_dict() for each in refused],
                "subject_test": subject_test_json(tested),
            }
        )
        return
    # Its key and parameters are for programs.
    print_table(
        [f"edition {edition.id}", ""],
        [(name, value) for name, value in shown.items() if not name.startswith("note_")],
    )
    marks = {True: " (withdrawn)", False: ""}
    print_table(
        ["section", "id", "article"],
        [
            (each["section"], each["id"], f"{each['title']}{marks[bool(each['withdrawn'])]}")
            for each in articles
        ],
    )
    if tested is not None:
        edition_subject_test.print_subject_test(edition.id, subject_test_json(tested))
    if edition.revision > 1:
        print_table(list(revisions[0]), [list(each.values()) for each in revisions])


def _as_dict(edition: EditionDetails, slug: str | None) -> dict[str, object]:
    return {
        "edition": edition.id,
        "newsletter": slug,
        "slot": f"{edition.slot_date} {edition.slot_time:%H:%M}",
        "frequency": edition.frequency,
        # Of a catch-up edition only; 0 means before the first one.
        "previous_edition": edition.previous_edition_id,
        "state": edition.state,
        "held": edition.held_at is not None,
        "paused": edition.paused_at is not None,
        "subject": edition.subject,
        **json_fields("note", edition.note),
        "key": edition.key,
        "planned_at": edition.planned_at,
        "frozen_at": edition.frozen_at,
        "finished_at": edition.finished_at,
    }
