"""`crieur article`: takes articles in, lists, shows, corrects and withdraws them."""

import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from service.articles.input_format import InputFormat
from service.cli import article_alert, article_control

if TYPE_CHECKING:
    from service.articles.manual_input import ManualInput
    from service.boot import Runtime

app = typer.Typer(no_args_is_help=True, help="Take articles in, list, show and withdraw them.")

MAX_BYTES = 5_000_000
_HAS_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")

Sources = Annotated[
    list[str],
    typer.Argument(help="Addresses or files of feeds, article pages or clippings; - is stdin."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
InZone = Annotated[
    str | None, typer.Option(help="The publication's time zone, such as Africa/Abidjan.")
]


@app.command("add")
def add_article(
    sources: Sources,
    kind: Annotated[InputFormat | None, typer.Option(help="What the sources are.")] = None,
    section: Annotated[str | None, typer.Option(help="File the articles here.")] = None,
    timezone: InZone = None,
    language: Annotated[str | None, typer.Option(help="Such as fr or en.")] = None,
    title: Annotated[str | None, typer.Option(help="The headline, of one article.")] = None,
    url: Annotated[
        str | None, typer.Option(help="The address of the one article in a file or a clipping.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take articles in from feeds, pages and clippings; the kind is recognised.

    A source that cannot be read is reported on stderr and makes the exit status 1; the others are
    taken in. What keeps an article out of every edition is reported there, too, and as "missing"
    in the JSON. With --section, nothing is taken in unless a newsletter has that section.

    Example: crieur article add clipping.txt --section Politique --json
    """
    from service.articles import ingest
    from service.articles.article_json import article_to_json
    from service.articles.manual_input import ManualOverrides, parse_input
    from service.cli.runtime import open_runtime
    from service.kit.errors import CrieurError
    from service.newsletters import catalogue

    _one_at_most(sources, title=title, url=url)
    failed = False
    with open_runtime() as runtime:
        zone = _zone(timezone or runtime.settings.publication_time_zone)
        _require_section(runtime, section)
        overrides = ManualOverrides(
            zone=zone, section=section, language=language, title=title, url=url
        )
        for source in sources:
            try:
                material = _material(
                    source,
                    kind=kind,
                    allow_private=runtime.settings.fetch_allow_private,
                    ports=runtime.settings.fetch_ports,
                )
                parsed = parse_input(material, overrides)
            except CrieurError as error:
                failed = True
                print(f"{source}: {error}", file=sys.stderr)
                continue
            with runtime.begin() as session:
                results = ingest.upsert_all(
                    session, parsed.articles, kind=parsed.kind, now=runtime.clock()
                )
                shown = [
                    article_to_json(each.article, zone=zone, state=each.state.value)
                    for each in results
                ]
                if parsed.kind is not ingest.ArticleKind.FEED:
                    sections = catalogue.section_names(session)
                    shown = [article | _missing(article, sections) for article in shown]
            for article in shown:
                _show(article, as_json=as_json)
                for sentence in article.get("missing", {}).values():
                    print(f"{source}: {sentence}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_articles(
    section: Annotated[str | None, typer.Option(help="Only articles filed here.")] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    before: Annotated[int | None, typer.Option(help="Continue before this id.")] = None,
    timezone: InZone = None,
    as_json: AsJson = False,
) -> None:
    """List articles, the newest first.

    Example: crieur article list --section Continent --json
    """
    from service.articles import find
    from service.articles.article_json import article_to_json
    from service.cli.runtime import open_runtime

    with open_runtime() as runtime:
        zone = _zone(timezone or runtime.settings.publication_time_zone)
        with runtime.begin() as session:
            page = find.list_articles(session, section=section, before_id=before, size=count)
    for article in page.rows:
        _show(article_to_json(article, zone=zone), as_json=as_json)
    if page.after is not None:
        print(f"There are more: continue with --before {page.after}.", file=sys.stderr)


@app.command("show")
def show_article(
    article_id: article_control.ArticleId,
    timezone: InZone = None,
    as_json: AsJson = False,
) -> None:
    """Show one article with its text.

    Example: crieur article show 12
    """
    from service.articles import find
    from service.articles.article_json import article_to_json
    from service.cli.runtime import open_runtime

    with open_runtime() as runtime:
        zone = _zone(timezone or runtime.settings.publication_time_zone)
        with runtime.begin() as session:
            article = find.get_article(session, article_id)
    _show(article_to_json(article, zone=zone), as_json=as_json)
    if not as_json:
        for paragraph in (article.summary, *article.body):
            print(f"\n{paragraph}")


app.command("alert")(article_alert.alert_article)
app.command("correct")(article_control.correct_article)
app.command("refile")(article_control.refile_article)
app.command("withdraw")(article_control.withdraw_article)


def _material(
    source: str, *, kind: InputFormat | None, allow_private: bool, ports: Collection[int]
) -> "ManualInput":
    from service.articles.manual_input import ManualInput
    from service.kit.errors import OperationRefused
    from service.kit.fetch import fetch
    from service.kit.fetch_guard import FetchFailed

    if source == "-":
        return ManualInput(data=sys.stdin.buffer.read(MAX_BYTES + 1), input_format=kind)
    if _HAS_SCHEME.match(source):
        answer = fetch(source, allow_private=allow_private, ports=ports)
        if answer.status != HTTPStatus.OK:
            raise FetchFailed(f"The site answered {answer.status} instead of a page.")
        charset = answer.headers.get("content-type", "").partition("charset=")[2].strip("\"' ;")
        return ManualInput(
            data=answer.body,
            url=answer.url,
            content_type=answer.content_type,
            charset=charset or None,
            input_format=kind,
        )
    try:
        with open(source, "rb") as file:  # noqa: PTH123  Errors are reported in one place below.
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name"
        raise OperationRefused(f"The file cannot be read ({reason}). Check its name.") from None
    if len(data) > MAX_BYTES:
        raise OperationRefused("The file is larger than 5 MB, which no article is.")
    return ManualInput(data=data, input_format=kind)


def _one_at_most(sources: Sequence[str], *, title: str | None, url: str | None) -> None:
    from service.kit.errors import OperationRefused

    if title is not None and len(sources) > 1:
        raise OperationRefused("--title is the headline of one article: give one source with it.")
    if url is not None and (len(sources) > 1 or _HAS_SCHEME.match(sources[0])):
        raise OperationRefused(
            "--url is the address of one article in a file: give one file, or - for stdin, with it."
        )


def _require_section(runtime: "Runtime", name: str | None) -> None:
    """Raise OperationRefused if no newsletter has the section: its articles come into no edition.

    Before there is a newsletter, any section is accepted.
    """
    from service.articles.sections import section_key
    from service.kit.errors import OperationRefused
    from service.newsletters import catalogue

    if name is None:
        return
    with runtime.begin() as session:
        sections = catalogue.section_names(session)
    if not sections or section_key(name) in sections:
        return
    raise OperationRefused(
        f"No newsletter has the section “{name}”, so nothing was stored. "
        f"There are: {_section_list(sections)}."
    )


def _section_list(sections: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(dict.fromkeys(name for names in sections.values() for name in names))


def _missing(article: dict[str, Any], sections: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what keeps an article out of every edition, and how to mend it, as sentences."""
    if article["section_key"] in sections:
        return {"missing": {}}
    there = (
        "No newsletter has this section"
        if article["section"]
        else "No section was found, and none was given"
    )
    choices = (
        f" There are: {_section_list(sections)}." if sections else " There is no newsletter yet."
    )
    return {
        "missing": {
            "section": f"{there}, so the article comes into no edition. "
            f"Add it again with --section NAME.{choices}"
        }
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from service.kit.errors import OperationRefused

        raise OperationRefused(
            f"{name!r} is no time zone; write one such as Africa/Abidjan."
        ) from None


def _show(article: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(article, ensure_ascii=False))
        return
    told = (article["published"] or "—")[:16]
    where = f"[{article['section']}] " if article["section"] else ""
    print(f"{article['id']:>6}  {article['state']:<9}  {told:<16}  {where}{article['title']}")
