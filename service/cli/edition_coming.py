"""`crieur edition coming`, and what `crieur edition show` prints of a coming edition."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer

from service.cli.output import print_json_lines, print_table
from service.cli.runtime import open_runtime
from service.editions.edition_json import edition_to_json
from service.editions.find import coming_editions
from service.editions.proposal import propose
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.newsletters import catalogue

_MARKS = ("pinned", "ordered", "moved", "withdrawn")


def list_coming(
    slug: str | None = typer.Argument(None, help="Only this newsletter's."),
    json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """List the editions that come next, and how many articles each has now.

    Example: crieur edition coming le-matin --json
    """
    with open_runtime() as runtime, runtime.begin() as session:
        newsletter_id = catalogue.get(session, slug).id if slug else None
        drafts = coming_editions(session, newsletter_id)
        rows = list(_rows(session, drafts, now=runtime.clock()))
    if json:
        print_json_lines(rows)
    else:
        print_table(
            ["id", "newsletter", "series", "slot", "", "articles"],
            [
                (
                    row["edition"],
                    row["newsletter"],
                    row["frequency"] or row["kind"],
                    f"{row['slot']} {row['time_zone']}",
                    describe_wait(row),
                    row["article_count"],
                )
                for row in rows
            ],
        )


def describe_wait(row: dict[str, Any]) -> str:
    """Return in a word what a draft waits for: its slot, or an operator."""
    if row["held"]:
        return "held"
    if row["approved_at"]:
        return "approved"
    return "waits for approval" if row["needs_approval"] else ""


def print_proposal(shown: dict[str, Any]) -> None:
    """Print what an edition would have now, from `proposal_to_json`."""
    print_table(
        ["section", "id", "article", ""],
        [
            *((each["section"], *_cells(each)) for each in shown["articles"]),
            *(("(dropped)", *_cells(each)) for each in shown["dropped"]),
            *(("(no room)", *_cells(each)) for each in shown["left_over"]),
        ],
    )
    texts = [(name, text) for name, text in shown["texts"].items() if text]
    if texts:
        print_table(["text", ""], texts)


def _cells(article: dict[str, Any]) -> tuple[int, str, str]:
    marks = [name for name in _MARKS if article[name]]
    is_rewritten = article["publishers_title"] or article["publishers_summary"] is not None
    return article["id"], article["title"], ", ".join(marks + ["rewritten"] * bool(is_rewritten))


def _rows(
    session: Session, drafts: list[EditionDetails], *, now: datetime
) -> Iterator[dict[str, Any]]:
    newsletters = catalogue.list_by_ids(session, {each.newsletter_id for each in drafts})
    for draft in drafts:
        articles = propose(session, draft.id, now=now).articles
        row = edition_to_json(draft, newsletters[draft.newsletter_id])
        yield {**row, "article_count": len(articles)}
