"""`crieur article correct|refile|withdraw`: what an operator does with a stored article."""

from typing import Annotated, Any

import typer

from service.cli.id_argument import id_parser

ArticleId = Annotated[
    int,
    typer.Argument(
        metavar="ID",
        parser=id_parser("article", "crieur article list"),
        help="From 'crieur article list'.",
    ),
]


def correct_article(
    article_id: ArticleId,
    title: Annotated[str | None, typer.Option(help="The headline.")] = None,
    summary: Annotated[str | None, typer.Option(help="The summary; '' for none.")] = None,
    section: Annotated[str | None, typer.Option(help="The section; '' for none.")] = None,
    author: Annotated[
        list[str] | None, typer.Option(help="An author; once for each. '' for none.")
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="The picture's address; '' for no picture.")
    ] = None,
    image_alt: Annotated[str | None, typer.Option(help="What the picture shows.")] = None,
) -> None:
    """Correct an article; what is not given stays as it is.

    The correction holds until the article's source changes that part itself. Unfinished editions
    continue with it, and web versions show it.

    Example: crieur article correct 12 --title 'Le port agrandit ses quais'
    """
    from dataclasses import replace

    from service.accounts import audit
    from service.articles import correct as room
    from service.articles import find
    from service.cli.runtime import open_runtime
    from service.editions import revise

    given = {
        "title": title,
        "summary": summary,
        "section": section,
        "authors": None if author is None else tuple(author),
        "image_url": image,
        "image_alt": image_alt,
    }
    changes: Any = {name: value for name, value in given.items() if value is not None}
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        stored = room.correction_of(find.get_article(session, article_id))
        done = room.correct(session, article_id, replace(stored, **changes), now=now)
        if done:
            revise.enqueue_revisions(session, [article_id], now=now)
            audit.record(session, None, "article.corrected", {"article_id": article_id}, now=now)
    print("Corrected." if done else "That changes nothing.")


def refile_article(
    article_id: ArticleId,
    newsletter: Annotated[str, typer.Option(help="The slug of the newsletter.")],
    section: Annotated[str, typer.Option(help="The section to file it in.")],
) -> None:
    """File an article in a section of a newsletter, whatever rules and feeds say.

    Example: crieur article refile 12 --newsletter le-matin --section Culture
    """
    from service.accounts import audit
    from service.articles import correct as room
    from service.cli.runtime import open_runtime
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        found = catalogue.get(session, newsletter)
        slug = room.refile(session, article_id, found, section=section)
        facts = {"article_id": article_id, "newsletter_id": found.id}
        audit.record(session, None, "article.refiled", facts, now=now)
    print(f"Filed in {slug} of {found.name}.")


def withdraw_article(
    article_id: ArticleId,
) -> None:
    """Withdraw an article: it never comes into an edition again.

    Unfinished editions continue without it; the web versions of sent ones mark it as withdrawn.

    Example: crieur article withdraw 12
    """
    from service.accounts import audit
    from service.articles import withdraw as room
    from service.cli.runtime import open_runtime
    from service.editions import revise

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        done = room.withdraw(session, article_id, now=now)
        if done:
            revise.enqueue_revisions(session, [article_id], now=now)
            audit.record(session, None, "article.withdrawn", {"article_id": article_id}, now=now)
    print("Withdrawn." if done else "It was withdrawn before.")
