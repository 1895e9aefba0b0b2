"""`crieur edition stop-press`: withdraw or correct an article of an edition that is out."""

from collections.abc import Mapping
from datetime import datetime

import typer

from service.accounts import audit
from service.cli.id_argument import EDITION_ID
from service.cli.output import print_json, print_line, print_table
from service.cli.runtime import open_runtime
from service.editions import control, stop_press
from service.editions.find import edition_articles, get_edition
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.reports.revisions import revision_counts
from service.reports.stop_press import concerned_editions


def stop_the_press(
    edition: int = EDITION_ID,
    pause: bool = typer.Option(False, "--pause", help="Stop sending first."),
    withdraw: int | None = typer.Option(None, help="The id of the article to withdraw."),
    correct: int | None = typer.Option(None, help="The id of the article to correct."),
    title: str | None = typer.Option(None, help="With --correct: its headline."),
    summary: str | None = typer.Option(None, help="With --correct: its summary; '' for none."),
    json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Withdraw or correct an article of an edition that readers have, or are about to get.

    Without --withdraw and --correct it shows who has which version, and the articles. The change is
    for all editions that carry the article. 'crieur edition resume' sends the rest.

    Example: crieur edition stop-press 12 --pause --withdraw 345
    """
    texts = {"title": title, "summary": summary}
    _require_consistent(withdraw, correct, texts)
    article = correct if withdraw is None else withdraw
    with open_runtime() as runtime:
        if pause:
            # Committed by itself: nothing more begins, whatever becomes of the rest.
            with runtime.begin() as session:
                _pause(session, edition, now=runtime.clock())
        with runtime.begin() as session:
            now = runtime.clock()
            stop_press.require_frozen(get_edition(session, edition))
            done = None
            if article is not None:
                _require_article(session, edition, article)
                done = _change(
                    session, edition, article, texts, is_withdrawn=withdraw is not None, now=now
                )
            shown = _describe(session, edition, article)
    if json:
        print_json(shown | ({} if done is None else {"changed": done}))
        return
    _print(shown)
    if done is not None:
        print_line(_outcome(is_withdrawn=withdraw is not None, done=done))


def _require_consistent(
    withdraw: int | None, correct: int | None, texts: Mapping[str, str | None]
) -> None:
    has_text = any(text is not None for text in texts.values())
    if withdraw is not None and correct is not None:
        raise Invalid("Give --withdraw or --correct, not both.")
    if correct is not None and not has_text:
        raise Invalid("Say what to correct: --title, --summary or both.")
    if correct is None and has_text:
        raise Invalid("--title and --summary belong to --correct ID.")


def _pause(session: Session, edition_id: int, *, now: datetime) -> None:
    control.pause(session, edition_id, now=now)
    audit.record(session, None, "edition.pause", {"edition_id": edition_id}, now=now)


def _change(
    session: Session,
    edition_id: int,
    article_id: int,
    texts: Mapping[str, str | None],
    *,
    is_withdrawn: bool,
    now: datetime,
) -> bool:
    """Withdraw or correct the article; return False if that changes nothing."""
    if is_withdrawn:
        done = stop_press.withdraw_article(session, article_id, now=now)
    else:
        done = stop_press.correct_article(session, article_id, **texts, now=now)
    if done:
        event = "article.withdrawn" if is_withdrawn else "article.corrected"
        facts = {"edition_id": edition_id, "article_id": article_id}
        audit.record(session, None, event, facts, now=now)
    return done


def _require_article(session: Session, edition_id: int, article_id: int) -> None:
    if article_id not in {each.article.id for each in edition_articles(session, edition_id)}:
        raise NotFound(
            f"Edition {edition_id} has no article {article_id}: "
            f"see 'crieur edition stop-press {edition_id}'."
        )


def _describe(session: Session, edition_id: int, article_id: int | None) -> dict[str, object]:
    shown: dict[str, object] = {
        "edition": edition_id,
        "paused": get_edition(session, edition_id).paused_at is not None,
        "revisions": [each.as_dict() for each in revision_counts(session, edition_id)],
    }
    if article_id is not None:
        concerned = concerned_editions(session, article_id)
        return {**shown, "article": article_id, "editions": [each.as_dict() for each in concerned]}
    articles = [
        {
            "id": each.article.id,
            "title": each.frozen.get("title") or each.article.title,
            "withdrawn": each.article.withdrawn_at is not None,
        }
        for each in edition_articles(session, edition_id)
    ]
    return {**shown, "articles": articles}


def _print(shown: dict[str, object]) -> None:
    for name in ("revisions", "articles", "editions"):
        rows = shown.get(name)
        if isinstance(rows, list) and rows:
            print_table(list(rows[0]), [each.values() for each in rows])


def _outcome(*, is_withdrawn: bool, done: bool) -> str:
    if not done:
        return "It was withdrawn before." if is_withdrawn else "That changes nothing."
    word = "Withdrawn" if is_withdrawn else "Corrected"
    return f"{word}. Messages not yet sent go out with the change within seconds."
