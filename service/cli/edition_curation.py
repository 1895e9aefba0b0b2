"""`crieur edition pin|drop|restore|move|order|rewrite|text`: what editors change before a slot."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

import typer

from service.accounts import audit
from service.articles.section_rules import section_by_name
from service.cli.id_argument import EDITION_ID, id_parser
from service.cli.output import plural, print_line
from service.cli.runtime import open_runtime
from service.cli.text_argument import read_texts
from service.editions import curate
from service.editions.curate import Editor
from service.editions.find import get_edition
from service.kit.db import Session
from service.kit.errors import Invalid
from service.newsletters import catalogue

_article = id_parser("article", "crieur article list")
ARTICLE_ID = typer.Argument(parser=_article, help="The article's number.")
ARTICLE_IDS = typer.Argument(parser=_article, help="The articles' numbers, as 'show' prints them.")
Seen = Annotated[
    int | None,
    typer.Option(
        "--if-version",
        help="Refuse if editors have changed the edition since this version, as 'show' prints it.",
    ),
]
_TEXT = "'' is the rule's own again; @FILE or - reads a file or standard input."


def pin_articles(
    edition: int = EDITION_ID, articles: list[int] = ARTICLE_IDS, seen: Seen = None
) -> None:
    """Keep articles in, or bring them back, whatever the limits and their age say.

    Example: crieur edition pin 12 345 346
    """
    _change_articles("edition.article_pinned", curate.pin, edition, articles, seen)
    print_line(f"{_counted(articles)} pinned in edition {edition}.")


def drop_articles(
    edition: int = EDITION_ID, articles: list[int] = ARTICLE_IDS, seen: Seen = None
) -> None:
    """Leave articles out of an edition.

    Example: crieur edition drop 12 345
    """
    _change_articles("edition.article_dropped", curate.drop, edition, articles, seen)
    print_line(f"{_counted(articles)} dropped from edition {edition}.")


def restore_articles(
    edition: int = EDITION_ID, articles: list[int] = ARTICLE_IDS, seen: Seen = None
) -> None:
    """Undo all that editors have changed about articles: the rule decides again.

    Example: crieur edition restore 12 345
    """
    _change_articles("edition.article_restored", curate.restore, edition, articles, seen)
    print_line(f"{_counted(articles)} as the rule has it in edition {edition}.")


def move_article(
    edition: int = EDITION_ID,
    article: int = ARTICLE_ID,
    section: str = typer.Option(..., help="The name of one of the newsletter's sections."),
    seen: Seen = None,
) -> None:
    """Show an article in another section of this edition only.

    Example: crieur edition move 12 345 --section Culture
    """

    def move(
        session: Session, edition_id: int, article_id: int, editor: Editor, *, now: datetime
    ) -> None:
        newsletter_id = get_edition(session, edition_id).newsletter_id
        found = section_by_name(catalogue.get_by_id(session, newsletter_id), section)
        curate.move_to_section(session, edition_id, article_id, found.id, editor, now=now)

    _change_articles("edition.article_moved", move, edition, [article], seen)
    print_line(f"Article {article} is in another section of edition {edition}.")


def order_articles(
    edition: int = EDITION_ID, articles: list[int] = ARTICLE_IDS, seen: Seen = None
) -> None:
    """Put articles of a section in this order, before any others of it.

    Example: crieur edition order 12 346 345
    """
    _change(
        "edition.article_moved",
        lambda session, now: curate.order(session, edition, articles, Editor(seen=seen), now=now),
        {"edition_id": edition},
    )
    print_line(f"{_counted(articles)} in order in edition {edition}.")


def rewrite_article(
    edition: int = EDITION_ID,
    article: int = ARTICLE_ID,
    title: str | None = typer.Option(None, help=f"The headline for the message. {_TEXT}"),
    summary: str | None = typer.Option(None, help=f"The summary for the message. {_TEXT}"),
    seen: Seen = None,
) -> None:
    """Give an article another headline or summary in this edition; the article itself stays.

    Example: crieur edition rewrite 12 345 --title "Le port s'allonge"
    """
    texts = _read({"title": title, "summary": summary})
    _change(
        "edition.article_rewritten",
        lambda session, now: curate.rewrite(
            session, edition, article, texts, Editor(seen=seen), now=now
        ),
        {"edition_id": edition, "article_id": article},
    )
    print_line(f"Article {article} is rewritten in edition {edition}.")


def write_text(
    edition: int = EDITION_ID,
    subject: str | None = typer.Option(None, help=f"The subject. {_TEXT}"),
    preheader: str | None = typer.Option(None, help="The line behind the subject in a mailbox."),
    introduction: str | None = typer.Option(None, help="Before the first article."),
    sign_off: str | None = typer.Option(None, "--sign-off", help="After the last article."),
    sponsor_label: str | None = typer.Option(None, help="What the sponsor's slot is called."),
    sponsor_text: str | None = typer.Option(None, help="Without it there is no slot."),
    sponsor_url: str | None = typer.Option(None, help="Where the slot leads."),
    seen: Seen = None,
) -> None:
    """Write around an edition's articles; what is not named stays as it is.

    Introduction, sign-off and sponsor's text are plain text: a blank line begins a paragraph,
    [words](https://example.org) is a link.

    Example: crieur edition text 12 --subject "Ce matin" --introduction @intro.txt
    """
    texts = _read(
        {
            "subject": subject,
            "preheader": preheader,
            "introduction": introduction,
            "sign_off": sign_off,
            "sponsor_label": sponsor_label,
            "sponsor_text": sponsor_text,
            "sponsor_url": sponsor_url,
        }
    )
    _change(
        "edition.text_written",
        lambda session, now: curate.write_text(session, edition, texts, Editor(seen=seen), now=now),
        {"edition_id": edition},
    )
    print_line(f"The text of edition {edition} is written.")


def _change_articles(
    event: str,
    act: Callable[..., None],
    edition_id: int,
    article_ids: list[int],
    seen: int | None,
) -> None:
    """Do it to all of the articles, or to none."""
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        for article_id in dict.fromkeys(article_ids):
            act(session, edition_id, article_id, Editor(seen=seen), now=now)
            facts = {"edition_id": edition_id, "article_id": article_id}
            audit.record(session, None, event, facts, now=now)
            # The first change has locked the edition.
            seen = None


def _change(
    event: str, act: Callable[[Session, datetime], None], facts: Mapping[str, object]
) -> None:
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        act(session, now)
        audit.record(session, None, event, facts, now=now)


def _read(options: Mapping[str, str | None]) -> dict[str, str]:
    texts = read_texts(options)
    if not texts:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in options)
        raise Invalid(f"No text was named, so nothing was changed: give one of {names}.")
    return texts


def _counted(articles: list[int]) -> str:
    return plural(len(set(articles)), "article is", "articles are")
