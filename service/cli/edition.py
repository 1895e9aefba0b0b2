"""`crieur edition`: build, look at, send and account for editions."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import typer

from service.accounts import audit
from service.cli import going_on, refusals
from service.cli.here import send_here
from service.cli.read_slot import mention_stray, read_slot
from service.cli.runtime import open_runtime
from service.cli.show import as_json, as_lines, as_moment, as_table, many, say
from service.delivery.guard import sending_guard
from service.delivery.workflow import resume as resuming
from service.editions import build, desk, lapse, plan
from service.editions.desk import Edition
from service.editions.lifecycle import FINAL, State
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.time_zones import load_zone
from service.newsletters import catalogue
from service.newsletters.schedule import slot_at
from service.reports.accounting import ledger as read_ledger
from service.reports.refusals import Refusals

app = typer.Typer(no_args_is_help=True)

JSON = typer.Option(False, "--json", help="JSON on stdout.")
ID = typer.Argument(help="The edition's number, as 'crieur edition list' shows it.")


@app.command("build")
def build_(
    slug: str = typer.Argument(help="The newsletter's slug."),
    slot: str | None = typer.Option(
        None, help="The slot it is for, such as '2023-02-08 07:00', in the newsletter's time."
    ),
    json: bool = JSON,
) -> None:
    """Choose the articles of a new edition and hold it, to be looked at and then sent.

    Example: crieur edition build le-matin
    """
    with open_runtime() as runtime:
        with runtime.begin() as session:
            newsletter = catalogue.get(session, slug)
            now = runtime.clock()
            if slot is None:
                edition = plan.plan_now(session, newsletter.id, now=now, held=True)
            else:
                named = read_slot(slot)
                mention_stray(newsletter, named)
                zone = load_zone(newsletter.time_zone)
                at = slot_at(named.date(), named.time(), zone)
                edition = plan.plan_slot(session, newsletter.id, at, now=now)
            build.choose(session, edition.id, now=now)
        # Only what is stored is shown: `| head` ends the showing, and would undo the building.
        with runtime.begin() as session:
            _present(session, desk.get(session, edition.id), json=json)


@app.command("list")
def list_(
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
        editions = desk.recent(session, newsletter_id, before_id=before, limit=limit)
        names = {each.id: each.slug for each in catalogue.list_newsletters(session)}
        if json:
            as_lines(_as_dict(each, names.get(each.newsletter_id)) for each in editions)
        else:
            as_table(
                ["id", "newsletter", "slot", "state", "subject"],
                [
                    (
                        each.id,
                        names.get(each.newsletter_id, "(archived)"),
                        f"{each.slot_date} {each.slot_time:%H:%M}",
                        _standing(each),
                        each.subject or each.note,
                    )
                    for each in editions
                ],
            )


@app.command()
def show(edition: int = ID, json: bool = JSON) -> None:
    """Show an edition and its articles.

    Example: crieur edition show 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        found = refusals.of_edition(runtime, session, edition)
        _present(session, desk.get(session, edition), json=json, refused=found)
        if not json:
            refusals.mention(session, edition, found)


@app.command()
def preview(
    edition: int = ID,
    format_: str = typer.Option("html", "--format", help="html, text or eml."),
    subscriber: str | None = typer.Option(None, help="As this reader's choice of sections."),
) -> None:
    """Print what readers get, on stdout; nothing is sent or stored.

    Example: crieur edition preview 12 --format html > edition.html
    """
    from service.delivery import letters
    from service.delivery.post import Post
    from service.rendering import preview as previews

    with open_runtime() as runtime, runtime.begin() as session:
        url = runtime.settings.public_url
        if format_ == "eml":
            raw = letters.preview_letter(
                session,
                edition,
                settings=Post(public_url=url, bounce_domain=runtime.settings.bounce_domain),
                address=subscriber,
                now=runtime.clock(),
            )
            typer.echo(raw, nl=False)
            return
        mask = previews.mask_of_reader(session, edition, subscriber) if subscriber else None
        shown = previews.preview_edition(session, edition, public_url=url, mask=mask).rendered
        if format_ not in {"html", "text"}:
            raise Invalid("--format is one of: html, text, eml.")
        typer.echo(shown.html if format_ == "html" else shown.text)


@app.command()
def hold(edition: int = ID) -> None:
    """Stop an edition after its selection, until it is approved.

    Example: crieur edition hold 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "hold", edition, now=runtime.clock())
        until = _waits_until(session, edition)
    say(f"Edition {edition} waits for 'crieur edition approve {edition}'{until}.")


# `--help` shows the commands in the order in which an edition meets them.
app.command()(going_on.approve)


@app.command()
def send(
    edition: int = ID,
    here: bool = typer.Option(False, "--here", help="Send from this process, without workers."),
    wait: bool = typer.Option(True, help="Show progress until it is finished."),
    json: bool = JSON,
) -> None:
    """Send an edition that was built: the workers do it, and this command watches.

    Exits with 1 when it was paused before its end.

    Example: crieur edition send 12
    """
    from service.cli.watch import telling, watch

    with open_runtime() as runtime:
        with runtime.begin() as session:
            sending_guard.require_sending_allowed(session)
            _decide(session, "approve", edition, now=runtime.clock())
        if here:
            with telling(runtime, edition):
                send_here(runtime, edition)
        elif wait:
            watch(runtime, edition)
        with runtime.begin() as session:
            read = read_ledger(session, edition)
    books = read.as_dict()
    if json:
        as_json(books)
    else:
        as_table(["", ""], read.as_lines())
    if here and books["pending"]:
        print(
            f"crieur: {many(books['pending'], 'mail waits', 'mails wait')} to be sent. "
            f"The workers go on with what is left, or 'crieur edition send {edition} --here' does.",
            file=sys.stderr,
        )
    if books["state"] == State.FINISHED and not books["candidates"]:
        print(
            f"Edition {edition} went to nobody: no active reader has one of its sections.",
            file=sys.stderr,
        )
    if books["paused"]:
        raise typer.Exit(1)


@app.command("watch")
def watch_(edition: int = ID, json: bool = JSON) -> None:
    """Watch an edition being sent until it has ended or is paused; Ctrl-C leaves it alone.

    Exits with 1 when it is paused.

    Example: crieur edition watch 12
    """
    from service.cli.watch import watch

    with open_runtime() as runtime:
        found = watch(runtime, edition)
    if json:
        as_json(found.as_dict())
    else:
        as_table(["", ""], found.as_dict().items())
    if found.paused:
        raise typer.Exit(1)


@app.command()
def pause(edition: int = ID) -> None:
    """Stop handing out mails; those in flight are finished.

    Example: crieur edition pause 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "pause", edition, now=runtime.clock())
        until = _waits_until(session, edition)
    say(f"Edition {edition} is paused: 'crieur edition resume {edition}' lets it go on{until}.")


app.command()(going_on.resume)


@app.command()
def cancel(edition: int = ID) -> None:
    """Stop an edition for good.

    Example: crieur edition cancel 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "cancel", edition, now=runtime.clock())
    say(f"Edition {edition} is cancelled.")


@app.command()
def ledger(edition: int = ID, json: bool = JSON) -> None:
    """Account for every candidate of an edition.

    Example: crieur edition ledger 12 --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        books = read_ledger(session, edition)
    if json:
        as_json(books.as_dict())
    else:
        as_table(["", ""], books.as_lines())


app.command()(refusals.refusals)
app.command()(refusals.resend)


class _Act(Protocol):
    """What an operator decides about an edition, from `desk`."""

    def __call__(self, session: Session, edition_id: int, *, now: datetime) -> Edition: ...


ACTS: dict[str, _Act] = {
    "approve": resuming.approve_edition,
    "hold": desk.hold,
    "pause": desk.pause,
    "cancel": desk.cancel,
}


def _decide(session: Session, name: str, edition_id: int, *, now: datetime) -> None:
    """Do it, and write it into the audit trail."""
    ACTS[name](session, edition_id, now=now)
    audit.record(session, None, f"edition.{name}", {"edition_id": edition_id}, now=now)


def _waits_until(session: Session, edition_id: int) -> str:
    """Say how long an edition waits before it gives its articles back; empty when it does not."""
    edition = desk.get(session, edition_id)
    until = lapse.waits_until(edition, catalogue.get_by_id(session, edition.newsletter_id))
    return f" (possible until {as_moment(until)})" if until else ""


def _standing(edition: Edition) -> str:
    """Name the state, and whether an operator has to let it go on."""
    if State(edition.state) in FINAL:
        return edition.state
    stops = {"held": edition.held_at, "paused": edition.paused_at}
    return ", ".join([edition.state, *(word for word, since in stops.items() if since)])


def _present(
    session: Session, edition: Edition, *, json: bool, refused: Sequence[Refusals] = ()
) -> None:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    articles = [
        {
            "section": section.name,
            "title": placed.frozen.get("title") or article.title,
            "withdrawn": article.withdrawn_at is not None,
        }
        for placed, article, section in desk.articles_of(session, edition.id)
    ]
    shown = _as_dict(edition, newsletter.slug)
    if until := lapse.waits_until(edition, newsletter):
        shown["approvable_until"] = until
    if json:
        as_json({**shown, "articles": articles, "refusals": [each.as_dict() for each in refused]})
        return
    as_table([f"edition {edition.id}", ""], shown.items())
    marks = {True: " (withdrawn)", False: ""}
    as_table(
        ["section", "article"],
        [
            (each["section"], f"{each['title']}{marks[bool(each['withdrawn'])]}")
            for each in articles
        ],
    )


def _as_dict(edition: Edition, slug: str | None) -> dict[str, object]:
    return {
        "edition": edition.id,
        "newsletter": slug,
        "slot": f"{edition.slot_date} {edition.slot_time:%H:%M}",
        "state": edition.state,
        "held": edition.held_at is not None,
        "paused": edition.paused_at is not None,
        "subject": edition.subject,
        "note": edition.note,
        "key": edition.key,
        "planned_at": edition.planned_at,
        "frozen_at": edition.frozen_at,
        "finished_at": edition.finished_at,
    }
