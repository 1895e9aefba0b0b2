"""`crieur article alert`: send an article to those who have chosen alerts."""

from typing import Annotated

import typer

from service.cli.article_control import ArticleId


def alert_article(
    article_id: ArticleId,
    newsletter: Annotated[
        str, typer.Option("--newsletter", "-n", help="The slug of the newsletter.")
    ],
    json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Send an article to the readers who have chosen alerts of its section.

    It goes out now, or some minutes after the last alert, with others; it is held when the
    newsletter has had its alerts of the day. An article makes one alert of a newsletter.

    Example: crieur article alert 12 --newsletter le-matin
    """
    from service.accounts import audit
    from service.audience.alert_readers import count_alert_readers
    from service.cli import output
    from service.cli.runtime import open_runtime
    from service.editions.alert import AlertAuthor, AlertState
    from service.editions.breaking import alert_article as alert
    from service.editions.breaking import require_alertable
    from service.newsletters import catalogue

    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        found = catalogue.get(session, newsletter)
        section = require_alertable(session, found, article_id).section
        author = AlertAuthor(origin="hand", is_approved=True)
        made = alert(session, found, article_id, author, now=now)
        readers = count_alert_readers(session, found.id, 1 << section.bit)
        facts = {"article_id": article_id, "edition_id": made.edition_id}
        audit.record(session, None, "article.alerted", facts, now=now)
    if json:
        output.print_json(
            {
                "newsletter": found.slug,
                "edition": made.edition_id,
                "state": made.state,
                "at": made.at,
                "readers": readers,
            }
        )
        return
    when = {
        AlertState.NOW: "goes out now",
        AlertState.LATER: f"goes out at {made.at and output.format_instant(made.at)}",
        AlertState.HELD: f"is held: 'crieur edition approve {made.edition_id}' sends it",
    }[made.state]
    print(
        f"Edition {made.edition_id} {when}. Readers who chose alerts of {section.name}: {readers}."
    )
